import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { nobody } from '@undertone/contracts/id';
import { monitorFailedJobs, sendWebhook, webhookMessage } from '@undertone/contracts/jobs/upkeep';
import { jobFailuresAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId } from '@undertone/platform/ids/ids';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { requestDerivedJob } from '@undertone/platform/jobs/request-job';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import type { z } from 'zod';
import type { SchedulerSettings } from '../settings.js';
import { countFailures } from './count-failures.js';
import { type JudgeFailures, jobFailures, judgementEnvelope } from './job-failures.js';

/** Looks how often jobs of each type failed lately, and tells once where that rises, and where it is over. */
@Controller()
export class MonitorFailedJobsJob {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(SETTINGS) private readonly settings: SchedulerSettings,
  ) {}

  @HandlesJob(monitorFailedJobs)
  async run(job: JobContext): Promise<z.output<typeof monitorFailedJobs.result>> {
    const { JOB_FAILURE_WINDOW_MINUTES: minutes, JOB_FAILURE_RATE: threshold } = this.settings;
    // The same window on every try.
    const until = job.requestedAt;
    const [from, start] = [1, 2].map((back) => new Date(until.getTime() - back * minutes * 60_000)) as [
      Date,
      Date,
    ];
    const counted = await countFailures(this.orm.em.fork(), { start, from, until });
    const changed = { rising: [] as string[], fallen: [] as string[] };
    for (const { jobType, now, before } of counted) {
      job.signal.throwIfAborted();
      const least = this.settings.JOB_FAILURE_LEAST_JOBS;
      const said = await this.judge(job, { jobType, from, until, now, before, threshold, least });
      if (said === 'job-failures-rising') changed.rising.push(jobType);
      if (said === 'job-failures-fallen') changed.fallen.push(jobType);
    }
    const types = counted.flatMap(({ jobType, now }) =>
      now.ended > 0 ? [{ job_type: jobType, ...now }] : [],
    );
    return { window_minutes: minutes, types, ...changed };
  }

  /** @returns what this run said of a type, by this try or by one before it. */
  private async judge(job: JobContext, command: JudgeFailures): Promise<string | undefined> {
    const aggregate = jobFailuresAggregate(command.jobType);
    const envelope = judgementEnvelope(job.jobId, command);
    const { state } = await decideAndAppend(this.store, jobFailures, { aggregate, command, envelope });
    if (state.id !== envelope.id || !state.said) return undefined;
    const { type, data } = state.said;
    job.log.warn({ ...data }, type === 'job-failures-rising' ? 'jobs fail often' : 'jobs fail often no more');
    if (this.settings.WEBHOOK_URL) {
      const told = { id: envelope.id, type, timestamp: envelope.time.toISOString(), data };
      await requestDerivedJob(this.store, sendWebhook, {
        jobId: derivedId(envelope.id, 'webhook'),
        payload: { user_id: nobody, message: webhookMessage.parse(told) },
        lane: 'bulk',
        source: 'scheduler',
        causationId: job.jobId,
      });
    }
    return type;
  }
}
