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
): { readonly table: string; readonly column: string; readonly emptied: readonly string[] }[] {
  return Object.entries<Store>(tables[service]).flatMap(([table, { erased }]) =>
    'rowsBy' in erased ? [{ table, column: erased.rowsBy, emptied: erased.emptied ?? [] }] : [],
  );
}

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
  const schemas = [service, shadowOf(service), retiredOf(service)];
  for (const { table, column, emptied } of tablesByColumn(service)) {
    let rows = 0;
    let left = false;
    for (const schema of schemas) {
      if (schema !== service && !(await isThere(em, schema, table))) continue;
      const name = `"${schema}"."${table}"`;
      for (const other of emptied) {
        await em.execute(`update ${name} set "${other}" = null where "${other}" = ?`, [userId]);
      }
      for (;;) {
        if (isSpent()) {
          left = true;
          break;
        }
        const gone = await deleteSome(em, name, column, userId);
        rows += gone;
        if (gone < ROWS_AT_ONCE) break;
      }
    }
    removed.push({ table, removed: rows });
    if (left) return { removed, left };
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
