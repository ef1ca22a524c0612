import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  BACKFILL_DAYS,
  type BackfillPlan,
  MOST_RUNS,
  planBackfill,
} from '@undertone/contracts/jobs/backfill';
import type { ScheduleName } from '@undertone/contracts/schedules/schedule';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { Refused, wrongField } from '@undertone/platform/rpc/rpc-client';
import { dueRuns } from './backfill.js';
import { ScheduleLog } from './schedule-log.js';

const DAY_MS = 86_400_000;
/** As far as moments are counted that are too many. */
const MOST_COUNTED = 5_000;

/** What a backfill would do. */
@Controller()
export class BackfillQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ScheduleLog) private readonly scheduleLog: ScheduleLog,
  ) {}

  @Answers(planBackfill)
  async plan(
    @Payload(asked(planBackfill)) question: { name: ScheduleName; from: string; to: string },
  ): Promise<{ plan: BackfillPlan; cron: string; time_zone: string }> {
    const { name, from, to } = question;
    const now = Date.now();
    const [first, last] = [Date.parse(from), Date.parse(to)];
    if (first > last) throw wrongField('from', 'is after to');
    if (last > now) throw wrongField('to', 'is yet to come: the schedule runs then by itself');
    if (first < now - BACKFILL_DAYS * DAY_MS) {
      throw wrongField('from', `is more than ${BACKFILL_DAYS} days ago: what ran then is not known`);
    }
    const present = await this.scheduleLog.definition(name);
    if (!present) throw new Refused('SCHEDULE_OFF', `${name} is off: there is nothing that it missed`);
    const { cron, time_zone } = present.definition;
    const runs = await dueRuns(this.orm.em.fork(), { ...question, cron, time_zone }, MOST_COUNTED + 1);
    if (runs.length > MOST_RUNS) {
      const many = runs.length > MOST_COUNTED ? `more than ${MOST_COUNTED}` : runs.length;
      throw wrongField(
        'from',
        `the schedule was due ${many} times in this range, and at most ${MOST_RUNS} are made up for`,
      );
    }
    const missing = runs.filter(({ run }) => !run);
    const plan = {
      name,
      due: runs.length,
      had_run: runs.length - missing.length,
      to_run: missing.length,
      first: missing.at(0)?.due.toISOString() ?? null,
      last: missing.at(-1)?.due.toISOString() ?? null,
    };
    return { plan, cron, time_zone };
  }
}
