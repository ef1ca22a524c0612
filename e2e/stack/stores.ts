import { jetstreamManager } from '@nats-io/jetstream';
import {
  objectPrefixes,
  redisKeyPatterns,
  type Store,
  subjects,
  tables,
} from '@undertone/contracts/personal-data/stores';
import { objectBucket, streams } from '@undertone/contracts/streams';
import { covers } from '@undertone/contracts/subjects';
import { connectAsAdministrator } from '@undertone/platform/test-kit/own-database';
import type { Kept } from './kept.js';
import type { Stack } from './stack.js';

/*
 * What is kept, held against what `stores.ts` declares: what is not declared, what is declared and not there, and what is of a person
 * where it says that nothing is.
 */

const OBJECTS = `OBJ_${objectBucket}`;
const declaredTables: readonly (readonly [string, Store])[] = Object.entries(tables).flatMap(
  ([service, ofService]) =>
    Object.entries<Store>(ofService).map(([table, store]) => [`${service}.${table}`, store] as const),
);

/** Whether something of a person may be in it. */
const isOfPeople = ({ owner, erased }: Store): boolean => owner === 'person' || 'by' in erased;

/** @param people ids of people who have everything. */
export async function faultsInTables(
  stack: Stack,
  { rows }: Kept,
  people: readonly string[],
): Promise<string[]> {
  const orm = await connectAsAdministrator(stack.infrastructure);
  try {
    const columns = await orm.em.execute<{ table: string; column: string }[]>(
      `select c.table_schema || '.' || c.table_name as table, c.column_name as column
         from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
        where t.table_type = 'BASE TABLE' and c.table_schema = any(?::text[])`,
      [`{${Object.keys(tables).join(',')}}`],
    );
    const there = new Set(columns.map(({ table }) => table));
    const declared = new Map(declaredTables);
    const columnsOf = Map.groupBy(columns, ({ table }) => table);
    return [
      ...[...there].filter((table) => !declared.has(table)).map((table) => `${table} is not declared`),
      ...[...declared.keys()].filter((table) => !there.has(table)).map((table) => `${table} is not there`),
      ...declaredTables.flatMap(([table, store]) => {
        const names = (columnsOf.get(table) ?? []).map(({ column }) => column);
        return faultsInColumns(table, store, names);
      }),
      ...faultsInLines(rows, people, (line) => {
        const [table = ''] = line.split(' ', 1);
        const store = declared.get(table);
        return store && !isOfPeople(store) ? table : undefined;
      }),
    ];
  } finally {
    await orm.close();
  }
}

function faultsInColumns(table: string, store: Store, columns: readonly string[]): string[] {
  const { erased, exported } = store;
  const named = [
    ...('rowsBy' in erased ? [erased.rowsBy, ...(erased.andBy ?? [])] : []),
    ...('without' in exported ? (exported.without ?? []) : []),
  ];
  return [
    ...named.filter((column) => !columns.includes(column)).map((column) => `${table} has no ${column}`),
    ...(columns.includes('user_id') && !isOfPeople(store) ? [`${table} is of people by its user_id`] : []),
  ];
}

/** Lines that name a person where nobody may be named. @param whose what it is that the line is of, where nobody may be named in it. */
function faultsInLines(
  content: Buffer,
  people: readonly string[],
  whose: (line: string) => string | undefined,
): string[] {
  const faults = new Set<string>();
  for (const line of content.toString('latin1').split('\n')) {
    if (!people.some((id) => line.includes(id))) continue;
    const store = whose(line);
    if (store !== undefined) faults.add(`${store} names a person`);
  }
  return [...faults];
}

export async function faultsInStreams(
  stack: Stack,
  { messages }: Kept,
  people: readonly string[],
): Promise<string[]> {
  const manager = await jetstreamManager(await stack.infrastructure.connect());
  const there: string[] = [];
  for await (const { config } of manager.streams.list()) there.push(config.name);
  const declared = [...Object.keys(streams), OBJECTS];
  const storeOf = (subject: string) =>
    Object.entries(subjects).find(([pattern]) => covers(pattern, subject))?.[1];
  const undeclared = new Set<string>();
  for (const name of Object.keys(streams)) {
    const { state } = await manager.streams.info(name, { subjects_filter: '>' });
    for (const subject of Object.keys(state.subjects ?? {})) if (!storeOf(subject)) undeclared.add(subject);
  }
  return [
    ...there.filter((name) => !declared.includes(name)).map((name) => `stream ${name} is not declared`),
    ...declared.filter((name) => !there.includes(name)).map((name) => `stream ${name} is not there`),
    ...[...undeclared].map((subject) => `${subject} is not declared`),
    ...faultsInLines(messages, people, (line) => {
      const [stream = '', , subject = ''] = line.split(' ', 3);
      if (stream === OBJECTS || !(stream in streams)) return undefined;
      const store = storeOf(subject);
      return store && isOfPeople(store) ? undefined : subject;
    }),
  ];
}

export async function faultsInObjects(stack: Stack): Promise<string[]> {
  const manager = await jetstreamManager(await stack.infrastructure.connect());
  const { state } = await manager.streams.info(OBJECTS, { subjects_filter: `$O.${objectBucket}.M.>` });
  const prefixes = new Set<string>();
  for (const subject of Object.keys(state.subjects ?? {})) {
    const message = await manager.streams.getMessage(OBJECTS, { last_by_subj: subject });
    const { name } = message?.json<{ name: string }>() ?? {};
    if (name) prefixes.add(name.split('/')[0] ?? '');
  }
  return [
    ...[...prefixes]
      .filter((prefix) => !(prefix in objectPrefixes))
      .map((prefix) => `${prefix}/ is not declared`),
  ];
}

export function faultsInRedis(
  { infrastructure }: Stack,
  { redis }: Kept,
  people: readonly string[],
): string[] {
  const { redisPrefix } = infrastructure;
  const storeOf = (key: string) =>
    Object.entries(redisKeyPatterns).find(([pattern]) =>
      pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern,
    )?.[1];
  const lines = redis
    .toString('latin1')
    .split('\n')
    .filter((line) => line.startsWith(redisPrefix));
  const keys = lines.map((line) => line.slice(redisPrefix.length).split(' ', 1)[0] ?? '');
  return [
    ...keys.filter((key) => !storeOf(key)).map((key) => `${key} is not declared`),
    ...faultsInLines(redis, people, (line) => {
      const key = line.slice(redisPrefix.length).split(' ', 1)[0] ?? '';
      const store = line.startsWith(redisPrefix) ? storeOf(key) : undefined;
      return store && !isOfPeople(store) ? key : undefined;
    }),
  ];
}
