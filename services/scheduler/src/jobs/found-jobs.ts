import { type FilterQuery, type QueryOrderMap, raw } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Job, ListedTask, TaskFilter } from '@undertone/contracts/jobs/listed-task';
import { BackgroundJob, ERROR_WORDS } from './background-job.entity.js';
import { type Row, taskOf } from './job-row.js';

/** The columns that a list shows; a result is its person's. */
export const shownColumns = [
  ...([
    'id',
    'userId',
    'jobType',
    'status',
    'error',
    'progress',
    'attempt',
    'retryOf',
    'createdAt',
    'updatedAt',
  ] as const),
  ...(['queue', 'lane', 'causeId', 'traceId', 'worker', 'startedAt', 'endedAt'] as const),
] as const;
export type ShownRow = Pick<Row, (typeof shownColumns)[number]> & Partial<Pick<Row, 'result'>>;

/** Which rows a list narrows down to. Each part has an index of its own. */
export function wanted(filter: TaskFilter): FilterQuery<Row>[] {
  const { user_id, status, type, queue, lane, parent, from, until, text } = filter;
  return [
    ...(user_id === undefined ? [] : [{ userId: user_id }]),
    ...(status === undefined ? [] : [{ status }]),
    ...(type === undefined ? [] : [{ jobType: type }]),
    ...(queue === undefined ? [] : [{ queue }]),
    ...(lane === undefined ? [] : [{ lane }]),
    ...(parent === undefined ? [] : [{ causeId: parent }]),
    ...(from === undefined ? [] : [{ createdAt: { $gte: new Date(from) } }]),
    ...(until === undefined ? [] : [{ createdAt: { $lt: new Date(until) } }]),
    ...(text === undefined ? [] : [withText(text)]),
  ];
}

/** The rows after one, newest first. The first part is what the index is read from. */
export function after([moment, id]: readonly [moment: string, id: string]): FilterQuery<Row> {
  const createdAt = new Date(moment);
  return { createdAt: { $lte: createdAt }, $or: [{ createdAt: { $lt: createdAt } }, { id: { $lt: id } }] };
}

/** The beginning of an id, or the words of a problem: whichever it is, an index has it. */
function withText(text: string): FilterQuery<Row> {
  const given = text.toLowerCase();
  const digits = given.replaceAll('-', '');
  if (/^[0-9a-f]{8,32}$/.test(digits)) {
    return { id: { $gte: digits.padEnd(32, '0'), $lte: digits.padEnd(32, 'f') } };
  }
  // Quoted, so that nothing in a word is an operator; the beginning of a word is enough. By a subquery, because Postgres takes the
  // beginning of any word, which it sees here, for one that very many have, and would read all rows instead of the index.
  const words = (given.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => `'${word}':*`).join(' & ');
  const matches = raw(`${ERROR_WORDS} @@ (select to_tsquery('simple', ?))`, [words]);
  return { error: { $ne: null }, [matches]: [] };
}

/** Newest first. With a text, by an expression that no index has: walking one of them to the matches may mean to walk all of it. */
export const newestFirst = ({ text }: TaskFilter): QueryOrderMap<Row>[] => [
  text === undefined
    ? { createdAt: 'desc' }
    : { [raw((alias) => `${alias}.created_at at time zone 'utc'`)]: 'desc' },
  { id: 'desc' },
];

/** The causes that are jobs of people whose jobs are to be seen. */
export async function parentsOf(
  em: EntityManager,
  rows: readonly Pick<Row, 'causeId'>[],
  sees: (userId: string) => boolean,
): Promise<ReadonlySet<string>> {
  const ids = [...new Set(rows.flatMap(({ causeId }) => causeId ?? []))];
  if (ids.length === 0) return new Set();
  const parents = await em.find(
    BackgroundJob,
    { id: { $in: ids } },
    { fields: ['id', 'userId'], disableIdentityMap: true },
  );
  return new Set(parents.filter(({ userId }) => sees(userId)).map(({ id }) => id));
}

export function listedTaskOf(row: ShownRow, parents: ReadonlySet<string>): ListedTask {
  return {
    ...taskOf(row).task,
    queue: row.queue ?? null,
    lane: row.lane ?? null,
    worker: row.worker ?? null,
    started_at: row.startedAt?.toISOString() ?? null,
    ended_at: row.endedAt?.toISOString() ?? null,
    trace_id: row.traceId ?? null,
    parent_task_id: row.causeId && parents.has(row.causeId) ? row.causeId : null,
  };
}

export function jobOf(row: ShownRow, parents: ReadonlySet<string>): Job {
  const { result, ...shown } = listedTaskOf(row, parents);
  return { ...shown, user_id: row.userId };
}
