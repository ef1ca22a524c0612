import type { EntitySchema } from '@mikro-orm/core';
import { IsolationLevel } from '@mikro-orm/core';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { RebuiltTable } from '@undertone/contracts/rebuild';
import { type DatabaseDefinition, databaseOptions, sessionOptions } from '../database/open-database.js';
import { retiredOf, shadowOf } from '../database/schemas.js';
import type { DatabaseSettings } from '../settings/server-settings.js';
import type { RebuildLease } from './rebuild-lease.js';
import { creationOf } from './rebuild-projection.js';

/** Longer than a projection's batch takes; a swap that waited longer would hold readers up. */
const LOCK_TIMEOUT = '5s';

/**
 * Connects to a service's shadow schema: the same entities, over there. What a projection reads and does not build
 * itself (`track` in ingestion) is found in the service's own schema.
 */
export async function openShadow(
  definition: DatabaseDefinition,
  server: DatabaseSettings,
): Promise<MikroORM> {
  const shadow = shadowOf(definition.schema);
  const options = databaseOptions({ ...definition, schema: shadow }, server);
  return MikroORM.init({
    ...options,
    contextName: shadow,
    pool: { min: 0, max: 3 },
    driverOptions: {
      ...options.driverOptions,
      options: sessionOptions({ search_path: `${shadow},${definition.schema}` }),
    },
  });
}

/** One projection's tables in the three schemas of its service. */
export class ShadowTables {
  readonly names: readonly string[];

  constructor(
    private readonly main: MikroORM,
    private readonly shadow: MikroORM,
    private readonly schema: string,
    private readonly tables: readonly EntitySchema[],
  ) {
    this.names = tables.map((table) => main.getMetadata().get(table).tableName);
  }

  /** Makes the shadow tables, empty, where they are not there yet. @throws {LeaseLost} */
  async prepare(lease: RebuildLease): Promise<void> {
    const em = this.shadow.em.fork();
    await em.transactional(async (inner) => {
      await lease.hold(inner);
      await inner.execute(`create table if not exists ${this.qualified(shadowOf(this.schema), 'projection_checkpoint')} (
        name varchar(255) primary key, sequence bigint not null, updated_at timestamptz not null)`);
      // It may have been made by an older release.
      await inner.execute(`alter table ${this.inShadow('projection_checkpoint')}
        add column if not exists log varchar(255) null, add column if not exists landmark bigint null,
        add column if not exists landmark_at timestamptz null, add column if not exists built_from jsonb null`);
      for (const [index, name] of this.names.entries()) {
        const [row] = await inner.execute('select to_regclass(?) is not null as there', [
          `${shadowOf(this.schema)}.${name}`,
        ]);
        const table = this.tables[index];
        if (row?.there || !table) continue;
        for (const statement of creationOf(this.shadow, table)) await inner.execute(statement);
      }
    });
  }

  /** Drops what is in the shadow schema. @throws {LeaseLost} */
  async dropShadow(lease: RebuildLease): Promise<void> {
    await this.shadow.em.fork().transactional(async (em) => {
      await lease.hold(em);
      for (const name of this.names) await em.execute(`drop table if exists ${this.inShadow(name)}`);
      const [row] = await em.execute('select to_regclass(?) is not null as there', [
        `${shadowOf(this.schema)}.projection_checkpoint`,
      ]);
      if (row?.there) {
        await em.execute(`delete from ${this.inShadow('projection_checkpoint')} where name = ?`, [
          lease.projection,
        ]);
      }
    });
  }

  /** Drops the old tables that a swap kept. */
  async dropRetired(em: EntityManager = this.main.em.fork()): Promise<void> {
    for (const name of this.names) {
      await em.execute(`drop table if exists ${this.qualified(retiredOf(this.schema), name)}`);
    }
  }

  /**
   * Compares row counts and hashes of every table. The hash is a sum over the rows, so their order does not matter.
   * @param align brings the shadow tables to the place in the log that is seen in the given transaction.
   */
  compare(align: (em: EntityManager) => Promise<void>): Promise<RebuiltTable[]> {
    return this.main.em.fork().transactional(
      async (em) => {
        // It is idle while the other tables are read, and holds up nobody.
        await em.execute('set local idle_in_transaction_session_timeout = 0');
        await align(em);
        const compared: RebuiltTable[] = [];
        for (const name of this.names) {
          const old = await this.digest(em, this.schema, name);
          const rebuilt = await this.digest(this.shadow.em.fork(), shadowOf(this.schema), name);
          compared.push({
            name,
            rows: old.rows,
            rebuilt_rows: rebuilt.rows,
            equal: old.hash === rebuilt.hash && old.columns === rebuilt.columns && old.rows === rebuilt.rows,
          });
        }
        return compared;
      },
      // All tables as they are at one moment, while the projection goes on.
      { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
    );
  }

  private async digest(
    em: EntityManager,
    schema: string,
    table: string,
  ): Promise<{ columns: string; rows: number; hash: string }> {
    const columns: { column_name: string }[] = await em.execute(
      `select column_name from information_schema.columns
        where table_schema = ? and table_name = ? order by column_name`,
      [schema, table],
    );
    const list = columns.map(({ column_name }) => `"${column_name}"`).join(', ');
    const [row] = await em.execute(
      `select count(*)::int as rows, coalesce(sum(hashtextextended(row(${list})::text, 0)::numeric), 0)::text as hash
         from ${this.qualified(schema, table)}`,
    );
    return { columns: list, rows: Number(row?.rows), hash: String(row?.hash) };
  }

  /** Renames inside the given transaction: readers see the one set of tables or the other. */
  async swap(em: EntityManager): Promise<void> {
    await em.execute(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await this.dropRetired(em);
    for (const name of this.names) {
      await em.execute(
        `alter table ${this.qualified(this.schema, name)} set schema "${retiredOf(this.schema)}"`,
      );
      await em.execute(`alter table ${this.inShadow(name)} set schema "${this.schema}"`);
    }
  }

  private inShadow(table: string): string {
    return this.qualified(shadowOf(this.schema), table);
  }

  private qualified(schema: string, table: string): string {
    return `"${schema}"."${table}"`;
  }
}
