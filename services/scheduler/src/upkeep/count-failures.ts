import type { EntityManager } from '@mikro-orm/postgresql';
import type { FailureCounts } from '@undertone/contracts/job-failures/job-failures';

/** How jobs of one type ended in a window, and in the one before it. */
export interface CountedFailures {
  readonly jobType: string;
  readonly now: FailureCounts;
  readonly before: FailureCounts;
}

/** Of each type that a job ended of from `start` on; the window is from `from` to `until`. */
export async function countFailures(
  em: EntityManager,
  { start, from, until }: { start: Date; from: Date; until: Date },
): Promise<CountedFailures[]> {
  const rows: { job_type: string; is_now: boolean; ended: number; failed: number }[] = await em.execute(
    `select job_type, ended_at >= ? as is_now, count(*)::int as ended,
       count(*) filter (where status = 'FAILURE')::int as failed
     from background_job where ended_at >= ? and ended_at < ? and status in ('SUCCESS', 'FAILURE')
     group by 1, 2 order by 1`,
    [from, start, until],
  );
  const of = (jobType: string, isNow: boolean): FailureCounts => {
    const row = rows.find(({ job_type, is_now }) => job_type === jobType && is_now === isNow);
    const { ended, failed } = row ?? { ended: 0, failed: 0 };
    return { ended, failed, rate: ended === 0 ? 0 : failed / ended };
  };
  return [...new Set(rows.map(({ job_type }) => job_type))].map((jobType) => ({
    jobType,
    now: of(jobType, true),
    before: of(jobType, false),
  }));
}
