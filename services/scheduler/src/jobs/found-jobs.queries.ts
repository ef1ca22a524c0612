import type { FilterQuery } from '@mikro-orm/core';
import { type EntityManager, MikroORM, type QBFilterQuery } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { owns, type Principal } from '@undertone/contracts/access/principal';
import { id } from '@undertone/contracts/id';
import { type TaskStatus, taskStatus } from '@undertone/contracts/jobs/job';
import {
  countJobs,
  countTasks,
  type Job,
  type ListedTask,
  listJobs,
  listTasks,
  MOST_COUNTED,
  type TaskCounts,
  type TaskFilter,
} from '@undertone/contracts/jobs/listed-task';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { momentKey } from '@undertone/platform/rpc/cursor-keys';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { z } from 'zod';
import { BackgroundJob } from './background-job.entity.js';
import {
  after,
  jobOf,
  listedTaskOf,
  newestFirst,
  parentsOf,
  type ShownRow,
  shownColumns,
  wanted,
} from './found-jobs.js';
import type { Row } from './job-row.js';

type Paged = TaskFilter & { readonly limit: number; readonly cursor?: string | undefined };

const key = z.tuple([momentKey, id]);
const taskCursors = new KeysetCursor('tasks', key);
const jobCursors = new KeysetCursor('jobs', key);
const keyOf = (row: ShownRow): z.output<typeof key> => [row.createdAt.toISOString(), row.id];

/** Finds jobs: a person's own, and everybody's for operators. */
@Controller()
export class FoundJobQueries {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  @Answers(listTasks)
  async tasks(
    @Payload(asked(listTasks)) query: Paged & { user_id: string },
    @Caller() caller: Principal,
  ): Promise<Page<ListedTask>> {
    const em = this.orm.em.fork();
    const cursors = taskCursors.for(query);
    const rows = await find(em, query, cursors, [...shownColumns, 'result']);
    const parents = await parentsOf(em, rows, (userId) => owns(caller, userId));
    const shown = rows.slice(0, query.limit).map((row) => listedTaskOf(row, parents));
    return cursors.page(rows, shown, keyOf);
  }

  @Answers(listJobs)
  async jobs(@Payload(asked(listJobs)) query: Paged): Promise<Page<Job>> {
    const em = this.orm.em.fork();
    const cursors = jobCursors.for(query);
    const rows = await find(em, query, cursors, shownColumns);
    const parents = await parentsOf(em, rows, () => true);
    const shown = rows.slice(0, query.limit).map((row) => jobOf(row, parents));
    return cursors.page(rows, shown, keyOf);
  }

  @Answers(countTasks)
  countTasks(@Payload(asked(countTasks)) filter: TaskFilter & { user_id: string }): Promise<TaskCounts> {
    return count(this.orm.em.fork(), filter);
  }

  @Answers(countJobs)
  countJobs(@Payload(asked(countJobs)) filter: TaskFilter): Promise<TaskCounts> {
    return count(this.orm.em.fork(), filter);
  }
}

async function find(
  em: EntityManager,
  query: Paged,
  cursors: KeysetCursor<z.output<typeof key>>,
  fields: readonly (keyof ShownRow)[],
): Promise<ShownRow[]> {
  const where = [
    ...wanted(query),
    ...(query.cursor === undefined ? [] : [after(cursors.read(query.cursor))]),
  ];
  const rows = await em.find(
    BackgroundJob,
    { $and: where },
    {
      fields: fields as ['id'],
      orderBy: newestFirst(query),
      limit: query.limit + 1,
      disableIdentityMap: true,
    },
  );
  return rows as unknown as ShownRow[];
}

/** Each status by itself, so that each ends where it was counted far enough; but what has a text is looked up once. */
async function count(em: EntityManager, filter: TaskFilter): Promise<TaskCounts> {
  const statuses = taskStatus.options.map((status) => wanted({ ...filter, status }));
  const matching = (where: FilterQuery<Row>[]) =>
    em
      .createQueryBuilder(BackgroundJob)
      .select('status')
      .where({ $and: where } as QBFilterQuery<Row>);
  const parts =
    filter.text === undefined
      ? statuses.map((where) => matching(where).limit(MOST_COUNTED).toQuery())
      : [matching(wanted(filter)).toQuery()];
  const rows: { status: TaskStatus; count: number }[] = await em.execute(
    parts
      .map(({ sql }) => `select status, count(*)::int as count from (${sql}) as found group by status`)
      .join(' union all '),
    parts.flatMap(({ params }) => params),
  );
  const counted = new Map(rows.map((row) => [row.status, Math.min(row.count, MOST_COUNTED)]));
  return Object.fromEntries(
    taskStatus.options.map((status) => [status, counted.get(status) ?? 0]),
  ) as TaskCounts;
}
