import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  type JobTotalsQuery,
  listJobTotals,
  type JobTotal as ShownJobTotal,
} from '@undertone/contracts/job-totals/job-totals';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { dayKey, textKey } from '@undertone/platform/rpc/cursor-keys';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { z } from 'zod';
import { JobTotal } from '../jobs/job-total.entity.js';

const allCursors = new KeysetCursor('job-totals', z.tuple([dayKey, textKey]));

/** How many jobs ended on each day, for operators. */
@Controller()
export class JobTotalQueries {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  @Answers(listJobTotals)
  async list(@Payload(asked(listJobTotals)) query: JobTotalsQuery): Promise<Page<ShownJobTotal>> {
    const { from, until, type, limit, cursor } = query;
    const cursors = allCursors.for(query);
    const [day, jobType] = cursor === undefined ? [] : cursors.read(cursor);
    const where = [
      ...(from ? [{ day: { $gte: from } }] : []),
      ...(until ? [{ day: { $lt: until } }] : []),
      ...(type ? [{ jobType: type }] : []),
      ...(day !== undefined && jobType !== undefined
        ? [{ $or: [{ day: { $lt: day } }, { day, jobType: { $gt: jobType } }] }]
        : []),
    ];
    const rows = await this.orm.em
      .fork()
      .find(JobTotal, { $and: where }, { orderBy: { day: 'desc', jobType: 'asc' }, limit: limit + 1 });
    const shown = rows.slice(0, limit).map(({ jobType: job_type, ...total }) => ({
      day: total.day,
      job_type,
      succeeded: total.succeeded,
      failed: total.failed,
      cancelled: total.cancelled,
      attempts: total.attempts,
    }));
    return cursors.page(rows, shown, (row) => [row.day, row.jobType]);
  }
}
