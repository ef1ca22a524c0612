import type { EntityManager } from '@mikro-orm/postgresql';
import { type Store, tables } from '@undertone/contracts/personal-data/stores';
import type { ServiceName } from '@undertone/contracts/service-name';
import { retiredOf, shadowOf } from '../database/schemas.js';

/** Rows that one statement deletes: a transaction that is short holds nobody up. */
const ROWS_AT_ONCE = 5_000;

/** What became of a table. */
export interface ErasedRows {
  readonly table: string;
  readonly removed: number;
}

/** The tables of a service whose rows are erased by a column, in the order in which they stand in `stores.ts`. */
export function tablesByColumn(
  service: ServiceName,
): { readonly table: string; readonly columns: readonly string[] }[] {
  return Object.entries<Store>(tables[service]).flatMap(([table, { erased }]) =>
    'rowsBy' in erased ? [{ table, columns: [erased.rowsBy, ...(erased.andBy ?? [])] }] : [],
  );
}

/** Where a service's tables are; those of a rebuild may not be there. */
export const schemasOf = (service: ServiceName): readonly string[] => [
  service,
  shadowOf(service),
  retiredOf(service),
];

/**
 * Deletes a person's rows of every table that says by which column, also of what a rebuild made beside it.
 * @param isSpent says when to stop.
 * @returns what was removed where; `left` where it stopped before the last row.
 */
export async function eraseRows(
  em: EntityManager,
  service: ServiceName,
  userId: string,
  isSpent: () => boolean = () => false,
): Promise<{ removed: ErasedRows[]; left: boolean }> {
  const removed: ErasedRows[] = [];
  const schemas = schemasOf(service);
  for (const { table, columns } of tablesByColumn(service)) {
    const places = schemas.flatMap((schema) => columns.map((column) => ({ schema, column })));
    let rows = 0;
    for (const { schema, column } of places) {
      if (schema !== service && !(await isThere(em, schema, table))) continue;
      for (let gone = ROWS_AT_ONCE; gone === ROWS_AT_ONCE; rows += gone) {
        if (isSpent()) return { removed: [...removed, { table, removed: rows }], left: true };
        gone = await deleteSome(em, `"${schema}"."${table}"`, column, userId);
      }
    }
    removed.push({ table, removed: rows });
  }
  return { removed, left: false };
}

async function deleteSome(em: EntityManager, name: string, column: string, userId: string): Promise<number> {
  const [row] = await em.execute(
    `with gone as (
       delete from ${name} where ctid in (select ctid from ${name} where "${column}" = ? limit ${ROWS_AT_ONCE}) returning 1)
     select count(*)::int as rows from gone`,
    [userId],
  );
  return Number(row?.rows);
}

async function isThere(em: EntityManager, schema: string, table: string): Promise<boolean> {
  const [row] = await em.execute('select to_regclass(?) is not null as there', [`${schema}.${table}`]);
  return Boolean(row?.there);
}
