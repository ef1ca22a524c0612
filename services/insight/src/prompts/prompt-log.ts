import { Inject, Injectable } from '@nestjs/common';
import type { PromptName } from '@undertone/contracts/prompt/prompt';
import { promptAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend, type LoadedState } from '@undertone/platform/event-store/decide-and-append';
import { fold } from '@undertone/platform/event-store/decider';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { type PromptCommand, type PromptState, prompt, promptEnvelope } from './prompt.js';

/**
 * Prompts as the log has them. A prompt has tens of events, so its state is folded from them and kept in memory, and each
 * use asks the log for what came since: every replica sees a label where the log has it, with no read model between.
 */
@Injectable()
export class PromptLog {
  private readonly known = new Map<PromptName, LoadedState<PromptState>>();

  constructor(@Inject(EventStore) private readonly store: EventStore) {}

  /** What the log says now. @throws {LogUnavailable} */
  async state(name: PromptName): Promise<PromptState> {
    const known = this.latest(name);
    const news = await this.store.read(promptAggregate(name), known.sequence);
    const sequence = news.at(-1)?.sequence ?? known.sequence;
    return this.keep(name, { state: fold(prompt, known.state, news), sequence });
  }

  /**
   * @returns what the log says after it.
   * @throws {Rejected | ConcurrencyConflict | LogUnavailable}
   */
  async decide(command: PromptCommand): Promise<PromptState> {
    const { name } = command;
    const decided = await decideAndAppend(this.store, prompt, {
      aggregate: promptAggregate(name),
      command,
      envelope: promptEnvelope(command),
      load: async () => this.latest(name),
    });
    return this.keep(name, decided);
  }

  private latest(name: PromptName): LoadedState<PromptState> {
    return this.known.get(name) ?? { state: prompt.initial, sequence: 0 };
  }

  private keep(name: PromptName, { state, sequence }: LoadedState<PromptState>): PromptState {
    // Several read at once; the one that read most stays.
    if (sequence > this.latest(name).sequence) this.known.set(name, { state, sequence });
    return state;
  }
}
