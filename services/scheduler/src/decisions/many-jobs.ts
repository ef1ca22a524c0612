import { type FilterQuery, raw } from '@mikro-orm/core';
import type { EntityManager, MikroORM, QBFilterQuery } from '@mikro-orm/postgresql';
import type { DecidedMany } from '@undertone/contracts/jobs/decide-many';
import { decisionsOnMany } from '@undertone/contracts/jobs/decide-many';
import type { TaskFilter } from '@undertone/contracts/jobs/listed-task';
import { BackgroundJob } from '../jobs/background-job.entity.js';
import { DecidedJob } from '../jobs/decided-job.entity.js';
import { after, newestFirst, wanted } from '../jobs/found-jobs.js';
import type { JobDecisions } from '../jobs/job-decisions.js';
import type { Row as JobRow } from '../jobs/job-row.js';
import { type Many, PAGE } from './many.js';

type Row = Pick<JobRow, 'id' | 'createdAt'>;

/** What an operator's job is to find. */
export interface Asked<F> {
  readonly jobId: string;
  readonly filter: F;
  /** When it was asked for: what came later is not meant. */
  readonly at: Date;
}

/** Never what decides about others: neither itself nor its like. */
const others = {
  jobType: { $nin: Object.values(decisionsOnMany).map(({ type }) => type) },
} satisfies FilterQuery<JobRow>;

const notSettled = (): FilterQuery<JobRow> => ({
  [raw((alias) => `not exists (select 1 from settled_job s where s.job_id = ${alias}.id)`)]: true,
});

/** Jobs, found by the words of their list. */
abstract class ManyJobs implements Many<Row> {
  abstract readonly word: string;
  abstract readonly decidedBefore: string;

  constructor(
    private readonly orm: MikroORM,
    protected readonly decisions: JobDecisions,
    protected readonly asked: Asked<TaskFilter>,
  ) {}

  /** Which of those that the filter finds can be decided about. */
  protected abstract decidable(): FilterQuery<JobRow>[];
  abstract decide(row: Row): Promise<boolean>;

  private get where(): FilterQuery<JobRow>[] {
    const { filter, at } = this.asked;
    return [...wanted(filter), ...this.decidable(), others, { createdAt: { $lte: at } }];
  }

  counts(): Promise<NonNullable<DecidedMany['by_type']>> {
    const em = this.orm.em.fork();
    const { sql, params } = em
      .createQueryBuilder(BackgroundJob)
      .select(['jobType', 'status'])
      .where({ $and: this.where } as QBFilterQuery<JobRow>)
      .toQuery();
    return em.execute(
      `select job_type, status, count(*)::int as count from (${sql}) as found group by 1, 2 order by 1, 2`,
      [...params],
    );
  }

  decided(): Promise<number> {
    return decidedBy(this.orm.em.fork(), this.asked.jobId);
  }

  async page(last: Row | undefined): Promise<readonly Row[]> {
    const behind = last ? [after([last.createdAt.toISOString(), last.id])] : [];
    return this.orm.em.fork().find(
      BackgroundJob,
      { $and: [...this.where, ...behind] },
      {
        fields: ['id', 'createdAt'],
        orderBy: newestFirst(this.asked.filter),
        limit: PAGE,
        disableIdentityMap: true,
      },
    );
  }
}

/** Jobs that have not ended, to be cancelled. */
export class JobsToCancel extends ManyJobs {
  readonly word = 'cancelled';
  readonly decidedBefore = 'TASK_ENDED';

  protected decidable(): FilterQuery<JobRow>[] {
    return [{ status: { $in: ['PENDING', 'STARTED', 'PROGRESS', 'RETRY'] } }];
  }

  async decide({ id }: Row): Promise<boolean> {
    const { jobId } = this.asked;
    const command = { of: 'anybody', reason: 'cancelled by an operator, with others' } as const;
    return (await this.decisions.cancel(id, command, jobId)).by === jobId;
  }
}

/** Jobs that failed, or were cancelled where that is asked for, whose work is to be asked for again. */
export class JobsToRetry extends ManyJobs {
  readonly word = 'asked for again';
  readonly decidedBefore = 'TASK_NOT_RETRYABLE';

  protected decidable(): FilterQuery<JobRow>[] {
    const { filter, at } = this.asked;
    return [
      { status: filter.status ?? 'FAILURE' },
      { $or: [{ endedAt: null }, { endedAt: { $lte: at } }] },
      notSettled(),
    ];
  }

  async decide({ id }: Row): Promise<boolean> {
    const { jobId } = this.asked;
    return (await this.decisions.retry(id, { of: 'anybody' }, jobId)).by === jobId;
  }
}

/** How many jobs an operator's job decided about. */
export const decidedBy = (em: EntityManager, decisionId: string): Promise<number> =>
  em.count(DecidedJob, { decisionId });
