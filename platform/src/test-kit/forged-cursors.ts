import type { RpcDefinition } from '@undertone/contracts/rpc';
import { z } from 'zod';
import { newId } from '../ids/ids.js';
import { KeysetCursor } from '../rpc/keyset-cursor.js';

const limit = 5;
const user = { user_id: newId(), limit };
const period = { ...user, time_zone: 'UTC' };

/** Every list that gives cursors: by the subject of its question the name that its cursors have, and what it is asked with. */
export const pagedLists: Readonly<Record<string, readonly [name: string, asked: object]>> = {
  'rpc.identity.list-accounts': ['accounts', { limit }],
  'rpc.identity.list-audit': ['audit', { limit }],
  'rpc.identity.list-codes': ['codes', { limit }],
  'rpc.identity.list-erasures': ['erasures', { limit }],
  'rpc.ingestion.list-history': ['history', period],
  'rpc.ingestion.list-imports': ['imports', user],
  'rpc.ingestion.list-import-rows': ['import-rows', { import_id: newId(), limit }],
  'rpc.ingestion.list-snapshots': ['snapshots', user],
  'rpc.ingestion.list-top': ['top', { ...period, kind: 'artists', by: 'count' }],
  'rpc.ingestion.list-trends': ['trends', { ...period, bucket: 'month' }],
  'rpc.insight.get-prompt': ['prompt-versions', { name: 'wellness' }],
  'rpc.insight.list-insights': ['insights', user],
  'rpc.insight.list-replays': ['replays', {}],
  'rpc.scheduler.list-dead-letters': ['dead-letters', { limit }],
  'rpc.scheduler.list-job-totals': ['job-totals', { limit }],
  'rpc.scheduler.list-jobs': ['jobs', { limit }],
  'rpc.scheduler.list-tasks': ['tasks', user],
  'rpc.token.list-token-uses': ['token-uses', { ...user, provider: 'spotify' }],
};

/** Days at the edges of the calendar, and beyond. */
export const DAYS = [
  '0000-01-01',
  '0001-01-01',
  '1970-01-01',
  '2026-02-30',
  '2999-12-31',
  '9999-12-31',
  '-0001-01-01',
];
const MOMENTS = [...DAYS.map((day) => `${day}T00:00:00.000Z`), '+275760-09-13T00:00:00.000Z', 'soon'];
const TEXTS = ['', 'y', '\0', 'a\0b', '\ud800', "'; drop table play; --", '🎧'.repeat(60), newId()];
const NUMBERS = [0, 1, -1, 1e15, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53, 2 ** 63, 1.5];
/** Keys of every form that a list has, and of none. */
const KEYS: unknown[] = [
  ...DAYS,
  ...NUMBERS,
  ...TEXTS,
  ...MOMENTS.flatMap((moment) => TEXTS.map((id) => [moment, id])),
  ...MOMENTS.flatMap((requested_at) => TEXTS.map((id) => ({ requested_at, id }))),
  ...DAYS.flatMap((day) => TEXTS.map((text) => [day, text])),
  ...NUMBERS.flatMap((number) => [...TEXTS, ...NUMBERS].map((other) => [number, other])),
  null,
  [],
  {},
];
const ODD = ['', 's0', 's-1', `s${'9'.repeat(30)}`, 'null', '[]', '[[[', '\0'].map((text) =>
  Buffer.from(text).toString('base64url'),
);

/**
 * Asks for a list with cursors that nobody was given: odd texts, and odd keys in a cursor as the list itself gives them.
 * @param asked beside what the table asks with, or in its place.
 * @returns what became of all of them, each once: `read`, or a code.
 */
export async function answersToForgedCursors(
  ask: (question: RpcDefinition, input: object) => Promise<unknown>,
  question: RpcDefinition,
  asked?: object,
): Promise<string[]> {
  const [name, usual] = pagedLists[question.subject] ?? [question.subject, {}];
  const list = { ...usual, ...asked };
  const own = new KeysetCursor(name, z.unknown()).for(question.input.parse(list) as Record<string, string>);
  const cursors = [...ODD, ...KEYS.map((key) => own.after(key))].filter(({ length }) => length <= 500);
  const answers = cursors.map((cursor) =>
    ask(question, { ...list, cursor }).then(
      () => 'read',
      ({ code, message }: { code?: string; message: string }) => code ?? message,
    ),
  );
  return [...new Set(await Promise.all(answers))].sort();
}
