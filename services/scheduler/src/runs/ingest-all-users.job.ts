import { Controller, Inject } from '@nestjs/common';
import { ingestAllUsers } from '@undertone/contracts/jobs/for-everyone';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import type { PersonalRun } from '@undertone/contracts/jobs/scheduled-run';
import { timeRange } from '@undertone/contracts/listening/snapshot';
import { linkedUsers } from '@undertone/contracts/token/rpc';
import { EventStore } from '@undertone/platform/event-store/event-store';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { requestDerivedJob } from '@undertone/platform/jobs/request-job';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { SchedulerSettings } from '../settings.js';
import { forEveryone, personalJobId, type Requested } from './for-everyone.js';

/** Requests an ingest of each time range for everybody whose link the provider still takes. */
@Controller()
export class IngestAllUsersJob {
  readonly windowMs: number;

  constructor(
    @Inject(EventStore) readonly store: EventStore,
    @Inject(RpcClient) readonly rpc: RpcClient,
    @Inject(SETTINGS) { RUN_SPREAD_MINUTES }: SchedulerSettings,
  ) {
    this.windowMs = RUN_SPREAD_MINUTES * 60_000;
  }

  @HandlesJob(ingestAllUsers)
  run(job: JobContext<PersonalRun>): Promise<Requested> {
    return forEveryone(this, job, async (userIds) => {
      const linked = await this.rpc.ask(linkedUsers, { user_ids: userIds });
      return linked.user_ids.flatMap((userId) =>
        timeRange.options.map((range) => ({
          userId,
          jobId: personalJobId(ingestAllUsers, job, userId, range),
          send: () =>
            requestDerivedJob(this.store, ingestListeningData, {
              jobId: personalJobId(ingestAllUsers, job, userId, range),
              payload: { user_id: userId, time_range: range },
              lane: 'bulk',
              source: 'scheduler',
              causationId: job.jobId,
            }),
        })),
      );
    });
  }
}
