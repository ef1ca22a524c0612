import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { id } from '@undertone/contracts/id';
import { taskField, taskGroup } from '@undertone/contracts/jobs/cache-keys';
import { isTerminal, JobDiscarded, JobRequestedAgain, JobRevoked } from '@undertone/contracts/jobs/job';
import { jobAggregate, parseJobSubject } from '@undertone/contracts/subjects';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { writeRows } from '@undertone/platform/database/write-rows';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import type { AfterCommit } from '@undertone/platform/projections/projection';
import type { SchedulerSettings } from '../settings.js';
import { BackgroundJob } from './background-job.entity.js';
import { DecidedJob } from './decided-job.entity.js';
import { evolveRow, type Row, taskOf } from './job-row.js';
import { JobTotal } from './job-total.entity.js';
import { dayOf, keptSince } from './kept-details.js';
import { originalRequest, requestAgain } from './request-again.js';
import { SettledJob } from './settled-job.entity.js';

/** A task that ended does not change again; one that runs is read anew soon, should a write-through be lost. */
const ENDED_SECONDS = 3_600;
const RUNNING_SECONDS = 5;

/** Keeps `background_job` from the JOBS stream, and the cached tasks with it. */
@Controller()
export class BackgroundJobsProjection {
  constructor(
    @Inject(ReadCache) private readonly cache: ReadCache,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(SETTINGS) private readonly settings: SchedulerSettings,
    @Inject(MikroORM) private readonly orm: MikroORM,
  ) {}

  @Projects(consumers.backgroundJobs, { repeatable: true, version: 3 })
  async apply({ events, em }: ProjectionBatch): Promise<AfterCommit> {
    const ids = [...new Set(events.map((event) => parseJobSubject(event.subject).jobId))];
    const before = await em.find(BackgroundJob, { id: { $in: ids } });
    const rows = new Map<string, Row>(before.map((row) => [row.id, row]));
    const changed = new Set<string>();
    for (const event of events) {
      const { jobId } = parseJobSubject(event.subject);
      const row = rows.get(jobId);
      const next = evolveRow(row, event);
      if (!next || next === row) continue;
      rows.set(jobId, next);
      changed.add(jobId);
    }
    const told = [...changed].flatMap((jobId) => rows.get(jobId) ?? []);
    const cleared = await this.cleared(told);
    const now = told.filter(({ id }) => !cleared.has(id));
    if (cleared.size > 0) await em.nativeDelete(BackgroundJob, { id: { $in: [...cleared] } });
    await writeRows(em, BackgroundJob, now, 'update');
    await this.settle(events, em);
    await writeRows(em, DecidedJob, decidedOnes(events, keptSince(new Date(), this.settings)), 'ignore');
    return () => {
      for (const row of now) {
        const { id, status, sequence } = row;
        const seconds = isTerminal(status) ? ENDED_SECONDS : RUNNING_SECONDS;
        this.cache.write(taskGroup(id), taskField, taskOf(row), seconds, sequence);
      }
    };
  }

  /** Jobs that are counted, and were or are to be cleared: reading the log again does not bring them back. */
  private async cleared(rows: readonly Row[]): Promise<ReadonlySet<string>> {
    const since = keptSince(new Date(), this.settings);
    const old = rows.flatMap(({ id, endedAt }) =>
      endedAt && endedAt < since ? [{ id, day: dayOf(endedAt) }] : [],
    );
    if (old.length === 0) return new Set();
    // Of the tables that are read: a rebuild has others.
    const totals = await this.orm.em
      .fork()
      .find(JobTotal, { day: { $in: [...new Set(old.map(({ day }) => day))] } }, { fields: ['day'] });
    const counted = new Set(totals.map(({ day }) => day));
    return new Set(old.filter(({ day }) => counted.has(day)).map(({ id }) => id));
  }

  private async settle(events: readonly RecordedEvent[], em: EntityManager): Promise<void> {
    for (const event of events) {
      const again = JobRequestedAgain.read(event);
      const settled = again ?? JobDiscarded.read(event);
      if (!settled || new Date(event.time) < keptSince(new Date(), this.settings)) continue;
      await em.upsert(SettledJob, { jobId: settled.job_id, retryId: again?.retry_id ?? null });
      if (!again) continue;
      // Whoever decided it asks for the job, too, and may have died before.
      const { queue, lane, jobId } = parseJobSubject(event.subject);
      const request = await originalRequest(this.store, jobAggregate(queue, lane, jobId));
      if (request) await requestAgain(this.store, request);
    }
  }
}

/** What operators' jobs that decide about many decided: such an event names the job as its cause. */
function decidedOnes(events: readonly RecordedEvent[], since: Date) {
  return events.flatMap((event) => {
    const { success, data: decisionId } = id.safeParse(event.causationId);
    const decided = JobRevoked.read(event) ?? JobRequestedAgain.read(event) ?? JobDiscarded.read(event);
    if (!success || !decided || new Date(event.time) < since) return [];
    return [{ decisionId, jobId: decided.job_id }];
  });
}
