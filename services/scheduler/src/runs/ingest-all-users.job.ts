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
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { forEveryone, personalJobId, type Requested } from './for-everyone.js';

/** Requests an ingest of each time range for everybody whose link the provider still takes. */
@Controller()
export class IngestAllUsersJob {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(RpcClient) private readonly rpc: RpcClient,
  ) {}

  @HandlesJob(ingestAllUsers)
  run(job: JobContext<PersonalRun>): Promise<Requested> {
    return forEveryone(this.rpc, job, async (userIds) => {
      const linked = await this.rpc.ask(linkedUsers, { user_ids: userIds });
      return linked.user_ids.flatMap((userId) =>
        timeRange.options.map((range) => ({
          userId,
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
