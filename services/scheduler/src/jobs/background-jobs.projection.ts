import type { EntityManager } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { taskField, taskGroup } from '@undertone/contracts/jobs/cache-keys';
import { isTerminal, JobDiscarded, JobRequestedAgain } from '@undertone/contracts/jobs/job';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import { jobAggregate, parseJobSubject } from '@undertone/contracts/subjects';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { writeRows } from '@undertone/platform/database/write-rows';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { evolveTask } from '@undertone/platform/jobs/task';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import type { AfterCommit } from '@undertone/platform/projections/projection';
import { BackgroundJob } from './background-job.entity.js';
import { rowOf, taskOf } from './job-row.js';
import { originalRequest, requestAgain } from './request-again.js';
import { SettledJob } from './settled-job.entity.js';

/** A task that ended does not change again; one that runs is read anew soon, should a write-through be lost. */
const ENDED_SECONDS = 3_600;
const RUNNING_SECONDS = 5;

interface Tracked {
  readonly owned: OwnedTask;
  /** Of the last of its events that is in it. */
  readonly sequence: number;
}

/** Keeps `background_job` from the JOBS stream, and the cached tasks with it. */
@Controller()
export class BackgroundJobsProjection {
  constructor(
    @Inject(ReadCache) private readonly cache: ReadCache,
    @Inject(EventStore) private readonly store: EventStore,
  ) {}

  @Projects(consumers.backgroundJobs, { repeatable: true })
  async apply({ events, em }: ProjectionBatch): Promise<AfterCommit> {
    const ids = [...new Set(events.map((event) => parseJobSubject(event.subject).jobId))];
    const rows = await em.find(BackgroundJob, { id: { $in: ids } });
    const tasks = new Map<string, Tracked>(
      rows.map((row) => [row.id, { owned: taskOf(row), sequence: row.sequence }]),
    );
    const changed = new Set<string>();
    for (const event of events) {
      const { jobId } = parseJobSubject(event.subject);
      const before = tasks.get(jobId);
      // It is read again, and later ones are in the row.
      if (before && event.sequence <= before.sequence) continue;
      const owned = evolveTask(before?.owned, event);
      if (!owned) continue;
      tasks.set(jobId, { owned, sequence: event.sequence });
      changed.add(jobId);
    }
    const now = [...changed].flatMap((jobId) => tasks.get(jobId) ?? []);
    await writeRows(
      em,
      BackgroundJob,
      now.map(({ owned, sequence }) => rowOf(owned, sequence)),
      'update',
    );
    await this.settle(events, em);
    return () => {
      for (const { owned, sequence } of now) {
        const { task_id: id, status } = owned.task;
        this.cache.write(
          taskGroup(id),
          taskField,
          owned,
          isTerminal(status) ? ENDED_SECONDS : RUNNING_SECONDS,
          sequence,
        );
      }
    };
  }

  private async settle(events: readonly RecordedEvent[], em: EntityManager): Promise<void> {
    for (const event of events) {
      const again = JobRequestedAgain.read(event);
      const settled = again ?? JobDiscarded.read(event);
      if (!settled) continue;
      await em.upsert(SettledJob, { jobId: settled.job_id, retryId: again?.retry_id ?? null });
      if (!again) continue;
      // Whoever decided it asks for the job, too, and may have died before.
      const { queue, lane, jobId } = parseJobSubject(event.subject);
      const request = await originalRequest(this.store, jobAggregate(queue, lane, jobId));
      if (request) await requestAgain(this.store, request);
    }
  }
}
