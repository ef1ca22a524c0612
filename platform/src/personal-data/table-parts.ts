import type { MikroORM } from '@mikro-orm/postgresql';
import type { Store } from '@undertone/contracts/personal-data/stores';
import { type EntriesAfter, type ExportPart, filePart, jsonArray } from './export-part.js';

export interface TableOptions {
  /** Tables that a service exports by code of its own. */
  readonly except?: readonly string[];
  /** Columns by which the rows of a large table are read, after the person's: those of an index. Else the primary key. */
  readonly orderedBy?: Readonly<Record<string, readonly string[]>>;
}

/** A file of JSON for each table of a service that a person takes along: its rows of theirs, without secrets. */
export const tableParts = (
  orm: MikroORM,
  tables: Readonly<Record<string, Store>>,
  { except = [], orderedBy = {} }: TableOptions = {},
): ExportPart[] =>
  Object.entries(tables).flatMap(([table, { exported, erased }]) => {
    if (!('as' in exported) || except.includes(table)) return [];
    const owner = 'rowsBy' in erased ? erased.rowsBy : 'user_id';
    const columns = columnsOf(orm, table);
    const rows = {
      table,
      owner,
      columns: columns.all.filter((name) => name !== owner && !exported.without?.includes(name)),
      order: (orderedBy[table] ?? columns.key).filter((name) => name !== owner),
    };
    return [filePart(`${exported.as}.json`, jsonArray, entriesOf(orm, rows))];
  });

function columnsOf(orm: MikroORM, table: string): { all: string[]; key: string[] } {
  const meta = [...orm.getMetadata().getAll().values()].find(({ tableName }) => tableName === table);
  if (!meta) throw new Error(`no entity has the table ${table}`);
  return {
    all: meta.props.flatMap(({ fieldNames }) => fieldNames),
    key: meta.getPrimaryProps().flatMap(({ fieldNames }) => fieldNames),
  };
}

interface Rows {
  readonly table: string;
  readonly owner: string;
  readonly columns: readonly string[];
  readonly order: readonly string[];
}

/** Rows in an order that an index has, so that each page begins where the one before ended. */
function entriesOf(orm: MikroORM, { table, owner, columns, order }: Rows): EntriesAfter {
  const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');
  const sorted = order.length > 0 ? `order by ${quoted(order)}` : '';
  const key =
    order.length > 0 ? `json_build_array(${order.map((name) => `"${name}"::text`).join(', ')})` : "'[]'";
  return async (userId, after, limit) => {
    const from = after === undefined ? [] : (JSON.parse(after) as string[]);
    const later = from.length > 0 ? `and (${quoted(order)}) > (${from.map(() => '?').join(', ')})` : '';
    return orm.em.fork().execute(
      `select row_to_json((select shown from (select ${quoted(columns)}) as shown))::text as text, (${key})::text as key
         from "${table}" where "${owner}" = ? ${later} ${sorted} limit ?`,
      [userId, ...from, limit],
    );
  };
}
