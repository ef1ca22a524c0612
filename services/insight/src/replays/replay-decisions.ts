import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { insightsEpoch } from '@undertone/contracts/insight/cache-keys';
import { LabelMoved } from '@undertone/contracts/prompt/label-moved';
import { promptAggregate, replayAggregate } from '@undertone/contracts/subjects';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Rejected } from '@undertone/platform/event-store/rejected';
import { newId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { type ProductionSwitch, productionSwitch, switchEnvelope } from './production-switch.js';
import type { ReplayRow } from './replay.entity.js';
import { type ReplayCommand, replayDecider, replayEnvelope } from './replay.js';

type WithoutTime<C> = C extends ReplayCommand ? Omit<C, 'at'> : never;
export type ReplayDecision = WithoutTime<ReplayCommand>;

const APPLIED_MS = 8_000;

/** Decisions on replays: each appends one event at most, and ends when the event can be read. */
@Injectable()
export class ReplayDecisions {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(ReadCache) private readonly cache: ReadCache,
  ) {}

  /** @throws {Rejected} the replay is not where it could be carried out. */
  async decide(replayId: string, decision: ReplayDecision): Promise<void> {
    const command = { ...decision, at: new Date() } as ReplayCommand;
    // A replay has a few events; its state needs no read model.
    const { sequence } = await decideAndAppend(this.store, replayDecider, {
      aggregate: replayAggregate(replayId),
      command,
      envelope: replayEnvelope(newId(), replayId, command),
    });
    await this.applied(sequence);
  }

  /** Its budget has no room for a call: whatever it is doing, it does no more than what is under way. */
  async pauseForBudget(replayId: string): Promise<void> {
    try {
      await this.decide(replayId, { type: 'pause', reason: 'budget' });
    } catch (error) {
      // It is over, as when it was cancelled meanwhile.
      if (!(error instanceof Rejected)) throw error;
    }
  }

  /**
   * Shows a replay to all readers at one moment, or hides it again. From before the event is appended until it is
   * applied cached pages are not read, so that nobody who saw the new insights sees the old ones again.
   * @param automatic nobody asked for it.
   * @throws {Rejected} another version is in use by now.
   * @throws {CacheUnavailable} before anything was appended.
   */
  async switch(replay: ReplayRow, type: ProductionSwitch['type'], automatic = false): Promise<void> {
    const { insight_type: prompt, prompt_number: number } = replay.order;
    const command = { type, at: new Date(), replayId: replay.id, prompt, number, automatic };
    const id = newId();
    await this.orm.em.fork().transactional(async (em) => {
      // Longer than the event and its projection are waited for; whoever comes meanwhile is told to come again.
      await em.execute(`set local idle_in_transaction_session_timeout = '60s'`);
      // One at a time: whoever opens the epoch must not open it for another that is in the middle of it.
      await em.execute(`select pg_advisory_xact_lock(hashtext('insight: switch of replays'))`);
      await this.cache.closeEpoch(insightsEpoch, id);
      try {
        await this.applied(await this.move(id, command));
      } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        // Somebody else's move may be what is to be read. What else happens to a prompt the projection does not take.
        const { stream, prefix } = promptAggregate(prompt);
        const last = await this.store.last(stream, `${prefix}.${LabelMoved.subjectToken}`);
        await this.applied(last?.sequence ?? 0);
        this.cache.openEpoch(insightsEpoch, id);
        throw error;
      }
      this.cache.openEpoch(insightsEpoch, id);
    });
  }

  /** @returns the sequence of the label's last move, whoever made it. */
  private async move(id: string, command: ProductionSwitch): Promise<number> {
    const { state: moves } = await decideAndAppend(this.store, productionSwitch, {
      aggregate: promptAggregate(command.prompt),
      command,
      envelope: switchEnvelope(id, command),
    });
    return moves.at(-1)?.sequence ?? 0;
  }

  // Where nothing was appended, somebody else's event is what is to be read.
  private async applied(sequence: number): Promise<void> {
    const signal = new AbortController().signal;
    await this.progress.reached(consumers.generatedInsights, sequence, signal, APPLIED_MS);
  }
}
