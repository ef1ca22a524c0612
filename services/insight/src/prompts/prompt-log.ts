import { Inject, Injectable } from '@nestjs/common';
import type { PromptName } from '@undertone/contracts/prompt/prompt';
import { promptAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend, type LoadedState } from '@undertone/platform/event-store/decide-and-append';
import type { Appended } from '@undertone/platform/event-store/event-store';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { type PromptCommand, type PromptState, prompt, unpublished } from './prompt.js';

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
    return (await this.load(name)).state;
  }

  /**
   * @returns where the event is, or `undefined` when there was nothing to do.
   * @throws {Refused | ConcurrencyConflict | LogUnavailable}
   */
  decide(command: PromptCommand): Promise<Appended | undefined> {
    const { name } = command;
    return decideAndAppend(this.store, promptAggregate(name), prompt, command, () => this.load(name));
  }

  private async load(name: PromptName): Promise<LoadedState<PromptState>> {
    const known = this.known.get(name) ?? { state: unpublished, sequence: 0 };
    const news = await this.store.read(promptAggregate(name), known.sequence);
    const last = news.at(-1);
    if (!last) return known;
    const loaded = { state: news.reduce(prompt.evolve, known.state), sequence: last.sequence };
    // Several load at once; the one that read most stays.
    if (loaded.sequence > (this.known.get(name)?.sequence ?? 0)) this.known.set(name, loaded);
    return loaded;
  }
}
