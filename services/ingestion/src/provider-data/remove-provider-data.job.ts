import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { forgetSnapshots } from '@undertone/contracts/insight/rpc';
import { removeProviderData } from '@undertone/contracts/jobs/renew-plays';
import { snapshotsGroup } from '@undertone/contracts/listening/cache-keys';
import { ProviderDataRemoved } from '@undertone/contracts/listening/provider-data-removed';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { z } from 'zod';
import { ExportSnapshots } from '../export-snapshots/export-snapshots.js';
import { KeptList } from '../ingests/kept-list.entity.js';
import { withCallsOf } from '../provider-calls/job-calls.js';
import { ListeningSnapshot } from '../shown-snapshots/listening-snapshot.entity.js';
import { fromProvider } from './from-provider.js';

/** Within which all of a person's streams must have been decided on again. */
const PROJECTION_MS = 180_000;
/** As many as one question takes. */
const SNAPSHOTS_AT_ONCE = 1_000;

/**
 * Erases what a provider told of a person, what was computed from it and written about that. First an event says so, by which the
 * read models forget it and a rebuild does not bring it back; then the events themselves are overwritten, those that the others are
 * found by last. So a worker that is killed is followed by one that finds what is left.
 */
@Controller()
export class RemoveProviderDataJob {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(ExportSnapshots) private readonly snapshots: ExportSnapshots,
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(ReadCache) private readonly cache: ReadCache,
  ) {}

  @HandlesJob(removeProviderData)
  async remove(
    job: JobContext<z.output<typeof removeProviderData.payload>>,
  ): Promise<z.output<typeof removeProviderData.result>> {
    const { userId } = job;
    const { provider } = job.payload;
    const removedAt = await this.say(job, provider);
    await this.progress.reached(consumers.plays, removedAt, job.signal, PROJECTION_MS);
    job.progress({ percent: 25, message: 'its plays are gone' });
    const snapshot_ids = await withCallsOf(job, () => this.snapshots.renew(job, removedAt));

    const aggregate = listeningAggregate(userId);
    const { told, snapshots } = fromProvider(await this.store.read(aggregate), removedAt);
    const ids = [...snapshots.keys()];
    job.progress({ percent: 50, message: 'what is left is counted again' });
    // Before what was written of them, so that nobody begins to write of one afterwards.
    await this.deleteRows(userId, ids);
    const written = await this.forget(job, snapshots);
    job.progress({ percent: 75, message: 'its snapshots and what was written of them are gone' });
    let events = written.events;
    for (const sequence of [...snapshots.values(), ...told]) {
      job.signal.throwIfAborted();
      if (await this.store.eraseAt(aggregate.stream, sequence)) events += 1;
    }
    const removed = { events, snapshots: ids.length, insights: written.insights };
    return { provider, snapshot_ids, removed };
  }

  /** @returns the sequence of the event that says that it is removed. */
  private async say(job: JobContext, provider: 'spotify'): Promise<number> {
    const now = new Date();
    const event = {
      definition: ProviderDataRemoved,
      id: derivedId(job.jobId, 'removed'),
      data: { user_id: job.userId, provider, removed_at: now.toISOString() },
      time: now,
      source: 'ingestion',
      correlationId: job.jobId,
      causationId: job.jobId,
    };
    return (await recordOnce(this.store, listeningAggregate(job.userId), event, { upTo: 0 })).sequence;
  }

  private async forget(
    job: JobContext,
    snapshots: ReadonlyMap<string, number>,
  ): Promise<{ insights: number; events: number }> {
    const all = { insights: 0, events: 0 };
    const ids = [...snapshots.keys()];
    const knownUpTo = [...snapshots.values()].at(-1) ?? 0;
    for (let from = 0; from < ids.length; from += SNAPSHOTS_AT_ONCE) {
      job.signal.throwIfAborted();
      const snapshot_ids = ids.slice(from, from + SNAPSHOTS_AT_ONCE);
      const { insights, events } = await this.rpc.ask(forgetSnapshots, {
        user_id: job.userId,
        snapshot_ids,
        known_up_to: knownUpTo,
      });
      all.insights += insights;
      all.events += events;
    }
    return all;
  }

  private async deleteRows(userId: string, ids: readonly string[]): Promise<void> {
    await this.orm.em.fork().transactional(async (em) => {
      await em.nativeDelete(ListeningSnapshot, { userId, id: { $in: [...ids] } });
      await em.nativeDelete(KeptList, { userId });
    });
    this.cache.drop(snapshotsGroup(userId));
  }
}
