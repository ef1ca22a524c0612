import type { EntityManager } from '@mikro-orm/postgresql';
import { isTerminal } from '@undertone/contracts/jobs/job';
import type { ScheduleName } from '@undertone/contracts/schedules/schedule';
import { duesBetween } from '../cron.js';
import { BackgroundJob } from '../jobs/background-job.entity.js';
import { runId } from './schedules.js';

/** A moment at which a schedule was due, and what there is of its run. */
export interface DueRun {
  readonly due: Date;
  readonly jobId: string;
  /** Absent: none was requested. */
  readonly run?: { readonly isOver: boolean; readonly causeId: string | null | undefined };
}

/** When a schedule was due. */
interface Range {
  readonly name: ScheduleName;
  readonly cron: string;
  readonly time_zone: string;
  readonly from: string;
  readonly to: string;
}

/**
 * The moments of a range with their runs, in order.
 * @param most of them.
 */
export async function dueRuns(em: EntityManager, range: Range, most: number): Promise<DueRun[]> {
  const dues = duesBetween(range, new Date(range.from), new Date(range.to), most);
  const ids = dues.map((due) => runId(range.name, due));
  const rows = await em.find(
    BackgroundJob,
    { id: { $in: ids } },
    { fields: ['id', 'status', 'causeId'], disableIdentityMap: true },
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return dues.map((due, at) => {
    const jobId = ids[at] ?? '';
    const row = known.get(jobId);
    return { due, jobId, ...(row && { run: { isOver: isTerminal(row.status), causeId: row.causeId } }) };
  });
}
