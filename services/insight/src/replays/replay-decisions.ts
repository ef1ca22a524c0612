import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { insightsEpoch } from '@undertone/contracts/insight/cache-keys';
import { LabelMoved } from '@undertone/contracts/prompt/label-moved';
import { type Aggregate, promptAggregate, replayAggregate } from '@undertone/contracts/subjects';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { type ProductionMoves, type ProductionSwitch, productionSwitch } from './production-switch.js';
import type { ReplayRow } from './replay.entity.js';
import { noReplay, type ReplayCommand, replayDecider } from './replay.js';

type WithoutMeta<C> = C extends ReplayCommand ? Omit<C, 'id' | 'at'> : never;
export type ReplayDecision = WithoutMeta<ReplayCommand>;

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

  /** @throws {Refused} the replay is not where it could be carried out. */
  async decide(replayId: string, decision: ReplayDecision): Promise<void> {
    const command = { ...decision, id: newId(), at: new Date() } as ReplayCommand;
    const aggregate = replayAggregate(replayId);
    // A replay has a few events; its state needs no read model.
    const load = async () => ({ state: noReplay, sequence: 0 });
    await decideAndAppend(this.store, aggregate, replayDecider, command, load);
    await this.applied(aggregate);
  }

  /** Its budget has no room for a call: whatever it is doing, it does no more than what is under way. */
  async pauseForBudget(replayId: string): Promise<void> {
    try {
      await this.decide(replayId, { type: 'pause', reason: 'budget' });
    } catch (error) {
      // It is over, as when it was cancelled meanwhile.
      if (!(error instanceof Refused)) throw error;
    }
  }

  /**
   * Shows a replay to all readers at one moment, or hides it again. From before the event is appended until it is
   * applied cached pages are not read, so that nobody who saw the new insights sees the old ones again.
   * @param automatic nobody asked for it.
   * @throws {Refused} another version is in use by now.
   * @throws {CacheUnavailable} before anything was appended.
   */
  async switch(replay: ReplayRow, type: ProductionSwitch['type'], automatic = false): Promise<void> {
    const { insight_type: prompt, prompt_number: number } = replay.order;
    const command = { type, id: newId(), at: new Date(), replayId: replay.id, prompt, number, automatic };
    await this.orm.em.fork().transactional(async (em) => {
      // One at a time: whoever opens the epoch must not open it for another that is in the middle of it.
      await em.execute(`select pg_advisory_xact_lock(hashtext('insight: switch of replays'))`);
      await this.cache.closeEpoch(insightsEpoch, command.id);
      try {
        await this.move(command);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        await this.reopened(command);
        throw error;
      }
      await this.reopened(command);
    });
  }

  private async move(command: ProductionSwitch): Promise<void> {
    const aggregate = promptAggregate(command.prompt);
    const load = async () => ({ state: [] as ProductionMoves, sequence: 0 });
    await decideAndAppend(this.store, aggregate, productionSwitch, command, load);
  }

  private async reopened({ prompt, id }: ProductionSwitch): Promise<void> {
    const { stream, prefix } = promptAggregate(prompt);
    // Of a prompt the projection takes moves of labels alone: it never gets to a version that was published after one.
    await this.applied({ stream, filter: `${prefix}.${LabelMoved.subjectToken}` });
    this.cache.openEpoch(insightsEpoch, id);
  }

  // The last of them: where nothing was appended, somebody else's event is what is to be read.
  private async applied({ stream, filter }: Pick<Aggregate, 'stream' | 'filter'>): Promise<void> {
    const sequence = (await this.store.last(stream, filter))?.sequence ?? 0;
    const signal = new AbortController().signal;
    await this.progress.reached(consumers.generatedInsights, sequence, signal, APPLIED_MS);
  }
}
