import type { MikroORM, PostgreSqlConnection } from '@mikro-orm/postgresql';
import type { ServicePart, StreamSize } from '@undertone/contracts/operations/system';
import { streamsOf } from '@undertone/contracts/servers/nats-permissions';
import type { ServiceName } from '@undertone/contracts/service-name';
import { POOL_SIZE } from '../database/open-database.js';
import type { EventStore } from '../event-store/event-store.js';
import { sizeOf } from './stream-size.js';

type Database = ServicePart['database'];
type Table = Omit<Database['tables'][number], 'growth_per_day'>;

const DAY_MS = 86_400_000;
/** A growth is told of no shorter time. */
const LONG_ENOUGH_MS = 10 * 60_000;
const MOST_TABLES = 100;
const MOST_STATEMENTS = 10;
const QUERY_LENGTH = 500;

const TABLES = `
  select relname as name, greatest(0, reltuples)::float8 as rows,
    pg_table_size(c.oid)::float8 as table_bytes, pg_indexes_size(c.oid)::float8 as index_bytes
  from pg_class c join pg_namespace n on n.oid = relnamespace
  where nspname = ? and relkind = 'r'
  order by pg_total_relation_size(c.oid) desc limit ${MOST_TABLES}`;

/** What a service keeps in Postgres and NATS: sizes, growth, and what takes long. */
export class ServiceStores {
  /** What there was when this replica looked first. */
  private first: { readonly at: number; readonly bytes: ReadonlyMap<string, number> } | undefined;

  constructor(
    private readonly service: ServiceName,
    private readonly schema: string,
    private readonly store: EventStore,
    private readonly orm: MikroORM,
  ) {}

  async streams(): Promise<StreamSize[]> {
    const infos = await Promise.all(
      streamsOf(this.service).map((name) => this.store.manager.streams.info(name)),
    );
    return infos.map((info) => sizeOf(info));
  }

  async database(): Promise<Database> {
    const em = this.orm.em.fork();
    const tables = await em.execute<Table[]>(TABLES, [this.schema]);
    const [server] = await em.execute<{ version: string }[]>(
      "select current_setting('server_version') as version",
    );
    const now = performance.now();
    const bytesOf = ({ table_bytes, index_bytes }: Table) => table_bytes + index_bytes;
    this.first ??= { at: now, bytes: new Map(tables.map((table) => [table.name, bytesOf(table)])) };
    const { at, bytes } = this.first;
    const growth = (table: Table) =>
      now - at < LONG_ENOUGH_MS
        ? null
        : ((bytesOf(table) - (bytes.get(table.name) ?? 0)) / (now - at)) * DAY_MS;
    return {
      version: server?.version ?? 'unknown',
      pool: await this.pool(),
      tables: tables.map((table) => ({ ...table, growth_per_day: growth(table) })),
      slowest: await this.slowest(),
    };
  }

  private async pool(): Promise<Database['pool']> {
    const connection = this.orm.em.getConnection() as PostgreSqlConnection;
    const { totalCount, idleCount, waitingCount } = await connection.getNativeClient();
    return { open: totalCount, idle: idleCount, waiting: waitingCount, most: POOL_SIZE };
  }

  /** Of this service's role alone; whose statements they are is all that Postgres tells it of the others. */
  private async slowest(): Promise<Database['slowest']> {
    const em = this.orm.em.fork();
    const [extension] = await em.execute<{ schema: string }[]>(
      `select quote_ident(nspname) as schema from pg_extension join pg_namespace n on n.oid = extnamespace
       where extname = 'pg_stat_statements'`,
    );
    if (!extension) return null;
    try {
      return await em.execute(
        `select left(query, ${QUERY_LENGTH}) as query, calls::float8 as calls, mean_exec_time as mean_ms, total_exec_time as total_ms
         from ${extension.schema}.pg_stat_statements
         where userid = (select oid from pg_roles where rolname = current_user)
           and dbid = (select oid from pg_database where datname = current_database())
         order by mean_exec_time desc limit ${MOST_STATEMENTS}`,
      );
    } catch {
      // The extension is there, and the server was started without its library; or the role may not read it.
      return null;
    }
  }
}
