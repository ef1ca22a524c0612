import { setTimeout as sleep } from 'node:timers/promises';
import { type EntityName, type FilterQuery, LockMode } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { EncryptingService, KeyUse } from '@undertone/contracts/encryption-keys';
import { PermanentJobError } from '../jobs/job-errors.js';
import type { Logger } from '../logging/logger.js';
import { InvalidSettings } from '../settings/load-settings.js';
import { FieldEncryption, UndecryptableField } from './field-encryption.js';

interface SealedRow {
  readonly keyId?: string | null | undefined;
}

/**
 * A service's table of encrypted values. Each write puts a whole row under one key, and the column `key_id` tells which:
 * Postgres derives it from a value, so it cannot say anything else (`namedKey`).
 */
export interface SealedTable<Row extends SealedRow> {
  readonly entity: EntityName<Row>;
  /** The column that tells its rows apart; they are gone through in its order. */
  readonly id: keyof Row & string;
  /** The column that says whose row it is. */
  readonly userId: keyof Row & string;
  /** The row's encrypted columns under the newest key. @throws {UndecryptableField} */
  resealed(encryption: FieldEncryption, row: Row): Partial<Row>;
}

/**
 * For a generated column: the id of the key that a column's values name, null where they name none. In the words that
 * Postgres gives it back in, since migrations are compared with entities.
 */
export const namedKey = (column: string): string =>
  `(CASE WHEN (${column} ~~ 'v2.%'::text) THEN split_part(${column}, '.'::text, 2) ELSE NULL::text END) stored`;

const BATCH = 100;
const PAUSE_MS = 500;

// A table of whatever rows: only its own functions look into one.
type AnyTable = SealedTable<SealedRow>;

/** For a list of tables, each with rows of its own. */
export const sealedTable = <Row extends SealedRow>(table: SealedTable<Row>): AnyTable =>
  table as unknown as AnyTable;

/** The keys that a service's rows stand under, and putting all of them under the newest one. */
export class SealedRows {
  private constructor(
    private readonly orm: MikroORM,
    readonly encryption: FieldEncryption,
    private readonly service: EncryptingService,
    private readonly tables: readonly AnyTable[],
    private readonly log: Logger,
  ) {}

  /**
   * @param keys as `encryptionKeys` gives them.
   * @throws {InvalidSettings} when a row stands under a key that is missing: it is better to have no service than one
   * that knows nobody.
   */
  static async open(
    orm: MikroORM,
    keys: string,
    { service, tables, log }: { service: EncryptingService; tables: readonly AnyTable[]; log: Logger },
  ): Promise<SealedRows> {
    const rows = new SealedRows(orm, new FieldEncryption(keys), service, tables, log);
    const problems = (await Promise.all(tables.map((table) => rows.problemsOf(table)))).flat();
    if (problems.length > 0) throw new InvalidSettings(service, [...new Set(problems)]);
    return rows;
  }

  /** The keys of the settings, newest first, then others that rows stand under. */
  async uses(): Promise<KeyUse[]> {
    const each = this.tables.map((table) => `select key_id from ${this.nameOf(table)}`);
    const counted = await this.orm.em
      .fork()
      .execute<{ id: string | null; rows: number }[]>(
        `select key_id as id, count(*)::int as rows from (${each.join(' union all ')}) as sealed group by key_id`,
      );
    const { keyIds } = this.encryption;
    const others = counted.map(({ id }) => id).filter((id) => id === null || !keyIds.includes(id));
    return [...keyIds, ...others.sort()].map((id) => ({
      id,
      encrypts: id === keyIds[0],
      configured: id !== null && keyIds.includes(id),
      rows: counted.find((one) => one.id === id)?.rows ?? 0,
    }));
  }

  /**
   * Puts every row under the newest key, a batch in a transaction, beside whoever writes meanwhile. Broken off, it goes on
   * where it was.
   * @param progress is told how many rows of how many stand under the newest key.
   * @returns how many rows there are: all under the newest key.
   * @throws {PermanentJobError} `UNDECRYPTABLE_FIELD` when all others are done and some rows are damaged.
   */
  async rewrapAll(progress: (done: number, all: number) => void, signal: AbortSignal): Promise<number> {
    for (;;) {
      const uses = await this.uses();
      const all = uses.reduce((sum, { rows }) => sum + rows, 0);
      const stale = uses.filter(({ encrypts, rows }) => !encrypts && rows > 0);
      const left = stale.reduce((sum, { rows }) => sum + rows, 0);
      progress(all - left, all);
      if (left === 0) return all;
      let rewrapped = 0;
      let damaged = 0;
      for (const [table, id] of this.tables.flatMap((table) => stale.map(({ id }) => [table, id] as const))) {
        for (let after: string | undefined; ; ) {
          signal.throwIfAborted();
          const batch = await this.rewrapBatch(table, id, after);
          rewrapped += batch.rewrapped;
          damaged += batch.damaged;
          progress(all - left + rewrapped, all);
          if (batch.last === undefined) break;
          after = batch.last;
        }
      }
      if (damaged >= left) {
        throw new PermanentJobError(
          'UNDECRYPTABLE_FIELD',
          `${damaged} rows cannot be decrypted and stay as they are; the log of the service says whose`,
        );
      }
      // What is left was locked by a writer, who may have put it under the newest key by now.
      if (rewrapped === 0) await sleep(PAUSE_MS, undefined, { signal });
    }
  }

  // Rows that somebody holds are skipped: a refresh that waits for its provider must not hold up the others of a batch.
  private rewrapBatch(table: AnyTable, keyId: string | null, after: string | undefined) {
    const { entity, resealed } = table;
    const [idColumn, userId] = [table.id as keyof SealedRow, table.userId as keyof SealedRow];
    return this.orm.em.fork().transactional(async (em) => {
      const where = { keyId, ...(after !== undefined && { [idColumn]: { $gt: after } }) };
      const rows = await em.find(entity, where as FilterQuery<SealedRow>, {
        orderBy: { [idColumn]: 'asc' } as never,
        limit: BATCH,
        lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE,
      });
      let damaged = 0;
      for (const row of rows) {
        try {
          Object.assign(row, resealed(this.encryption, row));
        } catch (error) {
          if (!(error instanceof UndecryptableField)) throw error;
          damaged += 1;
          const { service } = this;
          this.log.error({ user_id: row[userId], service, code: error.code }, 'a row cannot be decrypted');
        }
      }
      return {
        rewrapped: rows.length - damaged,
        damaged,
        last: rows.at(-1)?.[idColumn] as string | undefined,
      };
    });
  }

  private async problemsOf(table: AnyTable): Promise<string[]> {
    const { entity, id, resealed } = table;
    const name = this.nameOf(table);
    const em = this.orm.em.fork();
    // The distinct keys, by one look into the index for each.
    const named = await em.execute<{ id: string }[]>(
      `with recursive named (id) as (
         select min(key_id) from ${name}
         union all
         select (select min(key_id) from ${name} where key_id > named.id) from named where named.id is not null
       ) select id from named where id is not null`,
    );
    const missing = named.map(({ id }) => id).filter((id) => !this.encryption.keyIds.includes(id));
    const problems = missing.map(
      (keyId) =>
        `FIELD_ENCRYPTION_KEY: rows stand under the key ${keyId}, which is not among the keys ${this.known}`,
    );
    const [unnamed] = await em.find(entity, { keyId: null } as FilterQuery<SealedRow>, {
      orderBy: { [id]: 'desc' } as never,
      limit: 1,
    });
    try {
      if (unnamed) resealed(this.encryption, unnamed);
    } catch (error) {
      if (!(error instanceof UndecryptableField)) throw error;
      problems.push(`FIELD_ENCRYPTION_KEY: none of the keys ${this.known} is the one that rows stand under`);
    }
    return problems;
  }

  private get known(): string {
    return this.encryption.keyIds.join(', ');
  }

  private nameOf({ entity }: AnyTable): string {
    return `"${this.orm.getMetadata().get(entity).tableName}"`;
  }
}
