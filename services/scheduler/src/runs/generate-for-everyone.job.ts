import { Controller, Inject } from '@nestjs/common';
import type { InsightType } from '@undertone/contracts/insight/insight';
import { generateDailyInsights, generateWeeklySummaries } from '@undertone/contracts/jobs/for-everyone';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import type { JobDefinition } from '@undertone/contracts/jobs/job';
import type { PersonalRun } from '@undertone/contracts/jobs/scheduled-run';
import { newestSnapshots } from '@undertone/contracts/listening/rpc';
import { EventStore } from '@undertone/platform/event-store/event-store';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { requestDerivedJob } from '@undertone/platform/jobs/request-job';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { SchedulerSettings } from '../settings.js';
import { forEveryone, personalJobId, type Requested } from './for-everyone.js';

const DAY_MS = 86_400_000;
/** The last weeks of listening; the longer ranges hardly move from one run to the next. */
const TIME_RANGE = 'short_term';

/**
 * Requests an insight of the newest snapshot of everybody who has one since the run before. They go into the bulk lane,
 * which says that nobody waits for them: they may wait for people and budgets, and have the text of nearly the same numbers.
 */
@Controller()
export class GenerateForEveryoneJob {
  readonly windowMs: number;

  constructor(
    @Inject(EventStore) readonly store: EventStore,
    @Inject(RpcClient) readonly rpc: RpcClient,
    @Inject(SETTINGS) { RUN_SPREAD_MINUTES }: SchedulerSettings,
  ) {
    this.windowMs = RUN_SPREAD_MINUTES * 60_000;
  }

  @HandlesJob(generateWeeklySummaries)
  weekly(job: JobContext<PersonalRun>): Promise<Requested> {
    return this.generate(job, generateWeeklySummaries, 'weekly_summary', 7);
  }

  @HandlesJob(generateDailyInsights)
  daily(job: JobContext<PersonalRun>): Promise<Requested> {
    return this.generate(job, generateDailyInsights, 'wellness', 1);
  }

  private generate(
    job: JobContext<PersonalRun>,
    run: JobDefinition,
    insightType: InsightType,
    days: number,
  ): Promise<Requested> {
    // From when it was asked for, so that a second try looks at the same days.
    const since = new Date(job.requestedAt.getTime() - days * DAY_MS).toISOString().slice(0, 10);
    return forEveryone(this, job, async (userIds) => {
      const question = { user_ids: userIds, time_range: TIME_RANGE, since } as const;
      const { newest } = await this.rpc.ask(newestSnapshots, question);
      return newest.map(({ user_id: userId, snapshot_id }) => ({
        userId,
        jobId: personalJobId(run, job, userId),
        send: () =>
          requestDerivedJob(this.store, generateInsight, {
            jobId: personalJobId(run, job, userId),
            payload: { user_id: userId, snapshot_id, insight_type: insightType, tone_mode: 'neutral' },
            lane: 'bulk',
            source: 'scheduler',
            causationId: job.jobId,
          }),
      }));
    });
  }
}
