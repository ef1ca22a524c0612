import type { EntityManager, EntitySchema, InferEntity } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';

/** What becomes of a row whose primary key is there already; `fail` throws. */
export type OnConflict = 'update' | 'ignore' | 'fail';

/**
 * Writes rows in one statement, with one bound array a column: `insert … select … from unnest(…)`. What a projection
 * folded from a batch goes in by this; the ORM's own `insertMany` and `upsertMany` put every value into the text of the
 * statement, which grows with the batch.
 * @param em inside a transaction.
 * @param rows entities' properties, each row with the same ones; of `update`, no two with one primary key.
 */
export async function writeRows<E extends EntitySchema>(
  em: EntityManager,
  entity: E,
  rows: readonly Partial<InferEntity<E>>[],
  onConflict: OnConflict,
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const meta = em.getMetadata().get(entity);
  const columns = Object.keys(first).map((name) => {
    const property = meta.properties[name as keyof typeof meta.properties] as unknown as Column | undefined;
    const [field, type] = [property?.fieldNames[0], property?.columnTypes[0]];
    if (!field || !type) throw new Error(`${meta.className} has no column for ${name}`);
    return { name, field, type: type.replace(/\(\d+\)$/, '') };
  });
  const keys = meta.getPrimaryProps().map(({ fieldNames }) => quoted(fieldNames[0] ?? ''));
  const statement = [
    `insert into ${quoted(em.config.get('schema') ?? 'public')}.${quoted(meta.tableName)}`,
    `(${columns.map(({ field }) => quoted(field)).join(', ')})`,
    `select * from unnest(${columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')})`,
    conflictClause(onConflict, keys, columns),
  ].join(' ');
  const values = columns.map(({ name, type }) => {
    const column = rows.map((row) => (row as Record<string, unknown>)[name] ?? null);
    return type === 'jsonb' ? jsonArray(column) : column.map(bound);
  });
  const transaction = em.getTransactionContext();
  if (!transaction) throw new Error('rows are written inside a transaction');
  await transaction.executeQuery(CompiledQuery.raw(statement, values));
}

interface Column {
  readonly fieldNames: readonly string[];
  readonly columnTypes: readonly string[];
}

function conflictClause(
  onConflict: OnConflict,
  keys: readonly string[],
  columns: readonly { field: string }[],
): string {
  switch (onConflict) {
    case 'fail':
      return '';
    case 'ignore':
      return 'on conflict do nothing';
    case 'update': {
      const sets = columns
        .map(({ field }) => quoted(field))
        .filter((field) => !keys.includes(field))
        .map((field) => `${field} = excluded.${field}`);
      return `on conflict (${keys.join(', ')}) do update set ${sets.join(', ')}`;
    }
    default:
      return onConflict satisfies never;
  }
}

const bound = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value);

/**
 * Postgres' text form of an array of JSON. Inside of quotes it escapes quotes and backslashes alone, as JSON does of a text
 * that has no control characters, and JSON has none: so `JSON.stringify` does in one go what the driver does by text
 * replacement for each value, in half the time.
 */
function jsonArray(values: readonly unknown[]): string {
  const texts = values.map((value) => (value === null ? null : JSON.stringify(value)));
  return `{${JSON.stringify(texts).slice(1, -1)}}`;
}

const quoted = (name: string): string => `"${name}"`;
