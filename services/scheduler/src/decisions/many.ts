import { UnreadableEvent } from '@undertone/contracts/event';
import type { DecidedMany } from '@undertone/contracts/jobs/decide-many';
import { Rejected } from '@undertone/platform/event-store/rejected';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { Refused } from '@undertone/platform/rpc/rpc-client';

/** Rows of a page, which is all that is in memory. */
export const PAGE = 500;
/** Decisions that wait for the log's confirmation at once. */
const AT_ONCE = 16;

/** What an operator's filter finds, and what is to become of it. */
export interface Many<Row> {
  /** How it is said that one was decided: `cancelled`. */
  readonly word: string;
  /** The code of one that somebody else decided about meanwhile. */
  readonly decidedBefore: string;
  /** Those that are not decided yet, by type and status. */
  counts(): Promise<NonNullable<DecidedMany['by_type']>>;
  /** How many this job has decided, by all of its tries. */
  decided(): Promise<number>;
  /** At most `PAGE` of those that are not decided yet, after one. */
  page(after: Row | undefined): Promise<readonly Row[]>;
  /** @returns whether it was this job that decided about it. @throws {Rejected | Refused} nothing was decided. */
  decide(row: Row): Promise<boolean>;
}

type Doing = Pick<JobContext, 'signal' | 'confirm' | 'progress'>;

/**
 * Decides about all, page by page. A try that comes after one that was lost finds what is left, and counts what was done. Whoever takes
 * the job away is heeded before the next few are decided.
 */
export async function decideAll<Row>(
  { signal, confirm, progress }: Doing,
  many: Many<Row>,
): Promise<DecidedMany> {
  const before = await many.decided();
  const matched = before + totalOf(await many.counts());
  const refused: Record<string, number> = {};
  let [done, seen] = [before, before];
  for (let last: Row | undefined; ; ) {
    signal.throwIfAborted();
    const page = await many.page(last);
    for (let at = 0; at < page.length; at += AT_ONCE) {
      signal.throwIfAborted();
      await confirm();
      const some = page.slice(at, at + AT_ONCE);
      for (const code of await Promise.all(some.map((row) => refusalOf(many, row)))) {
        seen += 1;
        if (code === undefined) done += 1;
        else refused[code] = (refused[code] ?? 0) + 1;
      }
      progress({
        percent: Math.min(99, Math.floor((100 * seen) / Math.max(matched, seen, 1))),
        message: [`${done} of ${matched} ${many.word}`, ...told(refused)].join(', '),
      });
    }
    last = page.at(-1);
    if (page.length === PAGE) continue;
    // What was counted and is not found any more ended meanwhile.
    const gone = matched - seen;
    if (gone > 0) refused[many.decidedBefore] = (refused[many.decidedBefore] ?? 0) + gone;
    return { dry_run: false, matched: Math.max(matched, seen), done, refused };
  }
}

/** Counts what would be decided about. */
export async function countAll(many: Pick<Many<object>, 'counts'>): Promise<DecidedMany> {
  const counts = await many.counts();
  return { dry_run: true, matched: totalOf(counts), by_type: counts, done: 0, refused: {} };
}

/** The code of why nothing was decided; `undefined`: it was. */
async function refusalOf<Row>(many: Many<Row>, row: Row): Promise<string | undefined> {
  try {
    return (await many.decide(row)) ? undefined : many.decidedBefore;
  } catch (error) {
    if (error instanceof Rejected || (error instanceof Refused && error.status < 500)) return error.code;
    // A newer release wrote it, and decides about it.
    if (error instanceof UnreadableEvent) return 'SERVICE_UNAVAILABLE';
    throw error;
  }
}

const totalOf = (counts: NonNullable<DecidedMany['by_type']>): number =>
  counts.reduce((total, { count }) => total + count, 0);

const told = (refused: Readonly<Record<string, number>>): string[] =>
  Object.entries(refused).map(([code, count]) => `${count} refused (${code})`);
