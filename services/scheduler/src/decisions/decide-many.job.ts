import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject, type Type } from '@nestjs/common';
import { consumers, type ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import { type DecidedMany, decisionsOnMany } from '@undertone/contracts/jobs/decide-many';
import type { JobDefinition } from '@undertone/contracts/jobs/job';
import { jobAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import { EventStore, LogUnavailable } from '@undertone/platform/event-store/event-store';
import type { FailedJob, JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob, OnJobFailed } from '@undertone/platform/nest/jetstream-handlers';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { DeadLetterDecisions } from '../jobs/dead-letter-decisions.js';
import { JobDecisions } from '../jobs/job-decisions.js';
import { auditDecided } from './audit-decided.js';
import { countAll, decideAll, type Many } from './many.js';
import { JobsToCancel, JobsToRetry } from './many-jobs.js';
import { OpenLetters } from './many-letters.js';
import { tellCancelled, tellCancelledEnvelope } from './tell-cancelled.js';

interface Payload<F> {
  readonly user_id: string;
  readonly asked_by?: string | undefined;
  readonly filter: F;
  readonly dry_run: boolean;
}
type Asked<F> = Pick<JobContext<Payload<F>>, 'jobId' | 'payload' | 'requestedAt'>;

/** What decides about one job, or dead letter. */
interface Deciding {
  readonly orm: MikroORM;
  readonly jobs: JobDecisions;
  readonly letters: DeadLetterDecisions;
}
/** Which they are, of those that the filter of an operator's job finds. */
type Found<F> = (by: Deciding, asked: Asked<F>) => Many<object>;

const meant = <F>({ jobId, payload, requestedAt }: Asked<F>) => ({
  jobId,
  filter: payload.filter,
  at: requestedAt,
});

/**
 * Works on one kind of the jobs by which operators decide about many. Such a job keeps nothing of its own: what it decided stands in
 * the events of what it decided about, which name it.
 */
function decideManyController<F extends object>(
  definition: JobDefinition<Payload<F>, DecidedMany>,
  reads: readonly ProjectionConsumerDefinition[],
  found: Found<F>,
): Type<unknown> {
  @Controller()
  class DecideManyJob {
    /** Those that run here: a job that is cancelled ends before its last few decisions do. */
    private readonly underWay = new Map<string, Promise<unknown>>();

    constructor(
      @Inject(MikroORM) private readonly orm: MikroORM,
      @Inject(EventStore) private readonly store: EventStore,
      @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
      @Inject(JobDecisions) private readonly jobs: JobDecisions,
      @Inject(DeadLetterDecisions) private readonly letters: DeadLetterDecisions,
    ) {}

    @HandlesJob(definition)
    run(job: JobContext<Payload<F>>): Promise<DecidedMany> {
      const doing = this.decide(job).finally(() => this.underWay.delete(job.jobId));
      this.underWay.set(job.jobId, doing);
      return doing;
    }

    /** Its result ends with the job where that is cancelled: what it had done is told afterwards. */
    @OnJobFailed(definition)
    async tell(failed: FailedJob<Payload<F>>): Promise<void> {
      const { jobId, payload, lane, problem } = failed;
      await this.underWay.get(jobId)?.catch(() => undefined);
      await this.caughtUp(new AbortController().signal);
      const done = await this.of(failed).decided();
      const result = { dry_run: payload.dry_run, done };
      if (!payload.dry_run) await auditDecided(this.store, failed, definition.type, result);
      if (problem) return;
      const aggregate = jobAggregate(definition.queue, lane, jobId);
      const envelope = tellCancelledEnvelope(jobId, new Date());
      await decideAndAppend(this.store, tellCancelled, { aggregate, command: { result }, envelope });
    }

    private async decide(job: JobContext<Payload<F>>): Promise<DecidedMany> {
      await this.caughtUp(job.signal);
      const many = this.of(job);
      if (job.payload.dry_run) return countAll(many);
      const result = await decideAll(job, many);
      await auditDecided(this.store, job, definition.type, result);
      return result;
    }

    private of(asked: Asked<F>): Many<object> {
      return found({ orm: this.orm, jobs: this.jobs, letters: this.letters }, asked);
    }

    /** The rows know all that was asked for, and decided by an earlier try, before. */
    private async caughtUp(signal: AbortSignal): Promise<void> {
      for (const consumer of reads) {
        // An advisory is no event that could be read as one.
        const query = { last_by_subj: consumer.filters[0] ?? '>' };
        const asked = this.store.manager.streams.getMessage(consumer.stream, query);
        const last = await asked.catch((error: unknown) => {
          throw new LogUnavailable(error);
        });
        await this.progress.reached(consumer, last?.seq ?? 0, signal);
      }
    }
  }
  return DecideManyJob;
}

const { cancelJobs, retryJobs, retryDeadLetters, discardDeadLetters } = decisionsOnMany;

const ofJobs = [consumers.backgroundJobs];
const ofLetters = [consumers.deadLetters, consumers.backgroundJobs];

export const decideManyControllers = [
  decideManyController(
    cancelJobs,
    ofJobs,
    ({ orm, jobs }, asked) => new JobsToCancel(orm, jobs, meant(asked)),
  ),
  decideManyController(retryJobs, ofJobs, ({ orm, jobs }, asked) => new JobsToRetry(orm, jobs, meant(asked))),
  decideManyController(
    retryDeadLetters,
    ofLetters,
    ({ orm, letters }, asked) => new OpenLetters(orm, letters, meant(asked), 'retry'),
  ),
  decideManyController(
    discardDeadLetters,
    ofLetters,
    ({ orm, letters }, asked) => new OpenLetters(orm, letters, meant(asked), 'discard'),
  ),
];
