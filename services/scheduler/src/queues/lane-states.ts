import { MikroORM } from '@mikro-orm/postgresql';
import type { ConsumerInfo } from '@nats-io/jetstream';
import { Inject, Injectable } from '@nestjs/common';
import { type JobConsumerDefinition, workerConsumers } from '@undertone/contracts/consumers';
import { queues } from '@undertone/contracts/jobs/queues';
import type { LaneState } from '@undertone/contracts/operations/queue';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { isNoConsumer } from '@undertone/platform/nats/ensure-streams';

const MINUTES = 5;

/** What the rows of jobs tell of a lane. */
interface Counted {
  readonly queue: string;
  readonly lane: string;
  readonly depth: number;
  readonly waiting: number;
  readonly oldest_seconds: number | null;
  readonly requested: number;
  readonly ended: number;
  readonly failed: number;
}

/** Each part is read by an index: of jobs that have not ended there are few, and of those of the last minutes. */
const COUNTS = `
  select queue, lane, sum(depth)::int as depth, sum(waiting)::int as waiting,
    max(oldest_seconds)::int as oldest_seconds,
    sum(requested)::int as requested, sum(ended)::int as ended, sum(failed)::int as failed
  from (
    select queue, lane, count(*) as depth, count(*) filter (where status = 'RETRY') as waiting,
      greatest(0, extract(epoch from now() - min(created_at) filter (where status = 'PENDING'))) as oldest_seconds,
      0 as requested, 0 as ended, 0 as failed
    from background_job where status in ('PENDING', 'STARTED', 'PROGRESS', 'RETRY') group by queue, lane
    union all
    select queue, lane, 0, 0, null, count(*), 0, 0
    from background_job where created_at > now() - ? * interval '1 minute' group by queue, lane
    union all
    select queue, lane, 0, 0, null, 0, count(*), count(*) filter (where status = 'FAILURE')
    from background_job where ended_at > now() - ? * interval '1 minute' group by queue, lane
  ) as part group by queue, lane`;

/** How the lanes of the queues are: what their consumers have, and what became of their jobs. */
@Injectable()
export class LaneStates {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
  ) {}

  /** `undefined`: no replica of the lane's service has been up yet. */
  private info({ stream, name }: JobConsumerDefinition): Promise<ConsumerInfo | undefined> {
    return this.store.manager.consumers.info(stream, name).catch((error: unknown) => {
      if (isNoConsumer(error)) return undefined;
      throw error;
    });
  }

  async all(): Promise<LaneState[]> {
    const [rows, infos] = await Promise.all([
      this.orm.em.fork().execute<Counted[]>(COUNTS, [MINUTES, MINUTES]),
      Promise.all(workerConsumers.map((consumer) => this.info(consumer))),
    ]);
    return workerConsumers.map(({ queue, lane }, nth) => {
      const counted = rows.find((row) => row.queue === queue && row.lane === lane);
      const { requested = 0, ended = 0, failed = 0 } = counted ?? {};
      return {
        queue,
        lane,
        service: queues[queue].service,
        paused: infos[nth]?.paused ?? false,
        depth: counted?.depth ?? 0,
        workable: infos[nth]?.num_pending ?? 0,
        ack_pending: infos[nth]?.num_ack_pending ?? 0,
        waiting: counted?.waiting ?? 0,
        oldest_seconds: counted?.oldest_seconds ?? null,
        recent: { minutes: MINUTES, requested, ended, failed },
      };
    });
  }
}
