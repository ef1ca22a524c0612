import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { owns, type Principal } from '@undertone/contracts/access/principal';
import { isTerminal } from '@undertone/contracts/jobs/job';
import {
  getJob,
  getTaskTimeline,
  type JobTimeline,
  MOST_CHILDREN,
  type TaskTimeline,
} from '@undertone/contracts/jobs/timeline';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { BackgroundJob } from './background-job.entity.js';
import { jobOf, listedTaskOf, parentsOf } from './found-jobs.js';
import { evolveRow, type Row } from './job-row.js';
import { SettledJob } from './settled-job.entity.js';

/** What became of one job, from its request to its end. */
@Controller()
export class TimelineQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
  ) {}

  @Answers(getTaskTimeline)
  async task(
    @Payload(asked(getTaskTimeline)) { task_id: id }: { task_id: string },
    @Caller() caller: Principal,
  ): Promise<TaskTimeline> {
    const em = this.orm.em.fork();
    const row = await this.upToDate(em, id);
    if (!row || !owns(caller, row.userId)) throw unknownTask();
    const sees = (userId: string) => owns(caller, userId);
    return { task: listedTaskOf(row, await parentsOf(em, [row], sees)), ...(await around(em, row, sees)) };
  }

  @Answers(getJob)
  async job(@Payload(asked(getJob)) { task_id: id }: { task_id: string }): Promise<JobTimeline> {
    const em = this.orm.em.fork();
    const row = await this.upToDate(em, id);
    if (!row) throw unknownTask();
    const sees = () => true;
    return { task: jobOf(row, await parentsOf(em, [row], sees)), ...(await around(em, row, sees)) };
  }

  // The log is ahead of the row while a job runs, and has one that was asked for just now.
  private async upToDate(em: EntityManager, id: string): Promise<Row | undefined> {
    const row: Row | undefined =
      (await em.findOne(BackgroundJob, { id }, { disableIdentityMap: true })) ?? undefined;
    if (row && isTerminal(row.status)) return row;
    const from = Math.min(row?.sequence ?? 0, row?.detailsSequence ?? 0);
    const events = await this.store.readFiltered('JOBS', anyJobFilter(id), from);
    return events.reduce<Row | undefined>(evolveRow, row);
  }
}

async function around(
  em: EntityManager,
  { id, attempts }: Row,
  sees: (userId: string) => boolean,
): Promise<Omit<TaskTimeline, 'task'>> {
  const settled = await em.findOne(SettledJob, { jobId: id });
  const children = await em.find(
    BackgroundJob,
    { causeId: id },
    {
      fields: ['id', 'userId', 'jobType', 'status', 'createdAt', 'updatedAt'],
      orderBy: { createdAt: 'asc', id: 'asc' },
      limit: MOST_CHILDREN + 1,
      disableIdentityMap: true,
    },
  );
  return {
    attempts: [...attempts],
    children: children
      .slice(0, MOST_CHILDREN)
      .filter(({ userId }) => sees(userId))
      .map((child) => ({
        task_id: child.id,
        job_type: child.jobType,
        status: child.status,
        created_at: child.createdAt.toISOString(),
        updated_at: child.updatedAt.toISOString(),
      })),
    more_children: children.length > MOST_CHILDREN,
    retry_task_id: settled?.retryId ?? null,
  };
}

const unknownTask = () => new Refused('TASK_NOT_FOUND', 'there is no such task');
