import type { EntityManager } from '@mikro-orm/postgresql';
import type { JobsCounted } from '@undertone/contracts/job-totals/jobs-counted';
import type { z } from 'zod';
import { DAY_MS, dayOf } from '../jobs/kept-details.js';

/** Rows that go in one statement. */
const BATCH = 1_000;
const ENDED = `status in ('SUCCESS', 'FAILURE', 'REVOKED')`;

/** The beginning of the first day, in UTC, on which a job ended that is still known. */
export async function firstDay(em: EntityManager): Promise<Date | undefined> {
  const [row]: { first: Date | string | null }[] = await em.execute(
    'select min(ended_at) as first from background_job',
  );
  return row?.first ? new Date(dayOf(new Date(row.first))) : undefined;
}

/** The jobs that ended on a day, by type. */
export function countJobs(
  em: EntityManager,
  day: Date,
): Promise<z.output<typeof JobsCounted.schema>['types']> {
  return em.execute(
    `select job_type, count(*) filter (where status = 'SUCCESS')::int as succeeded,
       count(*) filter (where status = 'FAILURE')::int as failed,
       count(*) filter (where status = 'REVOKED')::int as cancelled, sum(attempt)::int as attempts
     from background_job where ended_at >= ? and ended_at < ? and ${ENDED} group by 1 order by 1`,
    [day, new Date(day.getTime() + DAY_MS)],
  );
}

/** Each of these clears a batch. @returns how many rows went; 0 when there are none. */
export const clearJobs = (em: EntityManager, since: Date): Promise<number> =>
  cleared(
    em,
    `delete from background_job where id in (
       select id from background_job where ended_at < ? and ${ENDED} order by ended_at limit ${BATCH})`,
    [since],
  );

/** Those about which somebody decided: an open one stays. */
export const clearDeadLetters = (em: EntityManager, since: Date): Promise<number> =>
  cleared(
    em,
    `delete from dead_letter where id in (
       select letter.id from dead_letter letter join settled_job settled on settled.job_id = letter.job_id
       where letter.happened_at < ? limit ${BATCH})`,
    [since],
  );

/** Those of which nothing else is kept. */
export const clearSettledJobs = (em: EntityManager): Promise<number> =>
  cleared(
    em,
    `delete from settled_job where job_id in (
       select job_id from settled_job settled
       where not exists (select 1 from background_job job where job.id = settled.job_id)
         and not exists (select 1 from dead_letter letter where letter.job_id = settled.job_id)
       limit ${BATCH})`,
    [],
  );

export const clearDecidedJobs = (em: EntityManager): Promise<number> =>
  cleared(
    em,
    `delete from decided_job where (decision_id, job_id) in (
       select decision_id, job_id from decided_job decided
       where not exists (select 1 from background_job job where job.id = decided.job_id) limit ${BATCH})`,
    [],
  );

async function cleared(em: EntityManager, sql: string, values: readonly unknown[]): Promise<number> {
  const { affectedRows } = await em.execute<{ affectedRows: number }>(sql, [...values], 'run');
  return affectedRows;
}
