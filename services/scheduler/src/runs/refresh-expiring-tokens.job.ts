import { Controller, Inject } from '@nestjs/common';
import { refreshExpiringTokens } from '@undertone/contracts/jobs/for-everyone';
import { refreshToken } from '@undertone/contracts/jobs/refresh-token';
import type { ScheduledRun } from '@undertone/contracts/jobs/scheduled-run';
import { expiringTokens } from '@undertone/contracts/token/rpc';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId } from '@undertone/platform/ids/ids';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { requestDerivedJob } from '@undertone/platform/jobs/request-job';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { forEveryone, type Requested } from './for-everyone.js';

/** From one run to the next, and a while for the run itself. */
const AHEAD_MINUTES = 35;

/**
 * Requests a refresh of what is due alone: a token that nobody used in the last hour is refreshed when it is needed. The token
 * service does one after another, which spreads them at the provider.
 */
@Controller()
export class RefreshExpiringTokensJob {
  constructor(
    @Inject(EventStore) readonly store: EventStore,
    @Inject(RpcClient) readonly rpc: RpcClient,
  ) {}

  @HandlesJob(refreshExpiringTokens)
  run(job: JobContext<ScheduledRun>): Promise<Requested> {
    return forEveryone(this, job, async (userIds) => {
      const due = await this.rpc.ask(expiringTokens, {
        user_ids: userIds,
        within_minutes: AHEAD_MINUTES,
      });
      const goodUntil = new Date(Date.now() + AHEAD_MINUTES * 60_000).toISOString();
      return due.user_ids.map((userId) => ({
        userId,
        jobId: derivedId(job.jobId, userId),
        send: () =>
          requestDerivedJob(this.store, refreshToken, {
            jobId: derivedId(job.jobId, userId),
            payload: { user_id: userId, provider: 'spotify', good_until: goodUntil },
            lane: 'bulk',
            source: 'scheduler',
            causationId: job.jobId,
          }),
      }));
    });
  }
}
