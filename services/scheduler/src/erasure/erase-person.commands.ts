import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { consumers } from '@undertone/contracts/consumers';
import { taskGroup } from '@undertone/contracts/jobs/cache-keys';
import { isTerminal, JobRevoked } from '@undertone/contracts/jobs/job';
import { type ErasedPiece, erasePerson } from '@undertone/contracts/personal-data/erasure';
import { anyJobFilter, anyWaitFilters, jobAggregate, parseJobSubject } from '@undertone/contracts/subjects';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { eraseMessages } from '@undertone/platform/event-store/erase-messages';
import { ConcurrencyConflict, EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId } from '@undertone/platform/ids/ids';
import { evolveTask } from '@undertone/platform/jobs/task';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { ErasurePiece } from '@undertone/platform/personal-data/erasure-piece';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { BackgroundJob } from '../jobs/background-job.entity.js';
import { DeadLetter } from '../jobs/dead-letter.entity.js';
import { DecidedJob } from '../jobs/decided-job.entity.js';
import { SettledJob } from '../jobs/settled-job.entity.js';

const JOBS = 'JOBS';
/** How long the rows may take to know all jobs; the job that asks waits and asks again. */
const CATCH_UP_MS = 5_000;
/** How long Redis may take to drop what it has of them; without it that lapses within an hour. */
const DROPPED_MS = 1_000;
/** Jobs that are looked up at once. */
const AT_ONCE = 200;

@Controller()
export class ErasePersonCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(ReadCache) private readonly cache: ReadCache,
  ) {}

  /** A job that runs is cancelled first, which its worker hears at once; then all that the log has of it goes, and its rows. */
  @Answers(erasePerson.scheduler)
  async erase(
    @Payload(asked(erasePerson.scheduler)) { user_id: userId }: { user_id: string },
  ): Promise<ErasedPiece> {
    const piece = new ErasurePiece('scheduler');
    // The rows alone say whose a job is, so they have to know each that was requested until now.
    const last = await this.store.last(JOBS, 'jobs.>');
    await this.progress.reached(
      consumers.backgroundJobs,
      last?.sequence ?? 0,
      AbortSignal.timeout(CATCH_UP_MS),
      CATCH_UP_MS,
    );
    let messages = 0;
    while (piece.goesOn) {
      const em = this.orm.em.fork();
      const rows = await em.find(
        BackgroundJob,
        { userId },
        { limit: AT_ONCE, fields: ['id', 'status'], disableIdentityMap: true },
      );
      // All of them, before any is waited for.
      for (const { id, status } of rows) if (!isTerminal(status)) await this.cancel(id);
      const gone: string[] = [];
      for (const { id } of rows) {
        if (!piece.goesOn) break;
        for (const filter of [...anyWaitFilters(id), anyJobFilter(id)]) {
          messages += (await eraseMessages(this.store, JOBS, filter)).removed;
        }
        gone.push(id);
        this.cache.drop(taskGroup(id));
      }
      // The rows last: by them the next piece finds what is left, should this process die.
      await this.cache.settle(DROPPED_MS);
      const jobId = { $in: gone };
      piece.note('table settled_job', await em.nativeDelete(SettledJob, { jobId }));
      piece.note('table decided_job', await em.nativeDelete(DecidedJob, { jobId }));
      piece.note('table dead_letter', await em.nativeDelete(DeadLetter, { jobId }));
      piece.note('table background_job', await em.nativeDelete(BackgroundJob, { id: jobId }));
      // What was read of them in between.
      for (const id of gone) this.cache.drop(taskGroup(id));
      if (rows.length < AT_ONCE) break;
    }
    piece.note(`stream ${JOBS}`, messages);
    await piece.rows(this.orm.em.fork(), userId);
    return piece.answer;
  }

  private async cancel(jobId: string): Promise<void> {
    for (;;) {
      const last = await this.store.last(JOBS, anyJobFilter(jobId));
      const task = last && evolveTask(undefined, last)?.task;
      if (!task || isTerminal(task.status)) return;
      const { queue, lane } = parseJobSubject(last.subject);
      const { job_type, user_id } = last.data as { job_type: string; user_id: string };
      const event = {
        definition: JobRevoked,
        id: derivedId(jobId, 'revoked by an erasure'),
        source: 'scheduler',
        time: new Date(),
        correlationId: jobId,
        data: { job_id: jobId, job_type, user_id, reason: 'the person is being erased' },
      };
      try {
        await this.store.append(jobAggregate(queue, lane, jobId), event, last.sequence);
        return;
      } catch (error) {
        if (!(error instanceof ConcurrencyConflict)) throw error;
      }
    }
  }
}
