import type { EntityManager } from '@mikro-orm/postgresql';
import { nobody } from '@undertone/contracts/id';
import type { KnownPeople, KnownPeoplePage } from '@undertone/contracts/personal-data/erasure';
import type { ServiceName } from '@undertone/contracts/service-name';
import type { Aggregate } from '@undertone/contracts/subjects';
import { type EventStore, LogUnavailable } from '../event-store/event-store.js';
import { schemasOf, tablesByColumn } from './erase-rows.js';

const ID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
const isId = new RegExp(ID);

/**
 * Whom a service knows: a page of the ids in the tables whose rows are erased by a column, also of what a rebuild made beside
 * them, and in the subjects of its events.
 * @param aggregateOf a person's events, where the service has some.
 * @throws {LogUnavailable}
 */
export async function knownPeopleOf(
  service: ServiceName,
  em: EntityManager,
  { after = nobody, limit }: KnownPeoplePage,
  events?: { readonly store: EventStore; readonly aggregateOf: (userId: string) => Aggregate },
): Promise<KnownPeople> {
  const known = new Set<string>();
  for (const { table, columns } of tablesByColumn(service)) {
    for (const schema of schemasOf(service)) {
      for (const column of columns) {
        for (const id of await inTable(em, { schema, table, column }, after, limit)) known.add(id);
      }
    }
  }
  // Each source gave the first ones after the place, so the first ones of them all are those that come next.
  for (const id of events ? await inLog(events.store, events.aggregateOf('*')) : []) {
    if (id > after) known.add(id);
  }
  return { user_ids: [...known].sort().slice(0, limit) };
}

interface Place {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

async function inTable(em: EntityManager, place: Place, after: string, limit: number): Promise<string[]> {
  const name = `"${place.schema}"."${place.table}"`;
  const column = `"${place.column}"`;
  const [found] = await em.execute<{ there: boolean; indexed: boolean }[]>(
    `select to_regclass(?) is not null as there, exists (
       select 1 from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]
       where indrelid = to_regclass(?) and attname = ? and indpred is null) as indexed`,
    [name, name, place.column],
  );
  if (!found?.there) return [];
  // With an index it goes from person to person, however many rows each has; without one it reads the table once.
  const rows = found.indexed
    ? await em.execute<{ id: string }[]>(
        `with recursive people as (
           (select ${column} as id from ${name} where ${column} > ? order by 1 limit 1)
           union all
           select (select ${column} from ${name} where ${column} > people.id order by 1 limit 1) from people where people.id is not null)
         select id from people where id::text ~ '${ID}' limit ?`,
        [after, limit],
      )
    : await em.execute<{ id: string }[]>(
        `select distinct ${column} as id from ${name} where ${column} > ? and ${column}::text ~ '${ID}' order by 1 limit ?`,
        [after, limit],
      );
  return rows.map(({ id }) => id);
}

/** The server has the subjects at hand, without a look at the messages. */
async function inLog({ manager }: EventStore, { stream, filter }: Aggregate): Promise<string[]> {
  try {
    const { state } = await manager.streams.info(stream, { subjects_filter: filter });
    const ids = Object.keys(state.subjects ?? {}).map((subject) => subject.split('.')[1] ?? '');
    return ids.filter((id) => isId.test(id));
  } catch (error) {
    throw new LogUnavailable(error);
  }
}
