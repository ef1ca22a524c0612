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
  readonly service: EncryptingService;
  readonly entity: EntityName<Row>;
  /** The column that says whose row it is; rows are gone through in its order. */
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

/** Where rows stand, and putting them under the newest key. */
export class SealedRows<Row extends SealedRow = SealedRow> {
  private constructor(
    private readonly orm: MikroORM,
    readonly encryption: FieldEncryption,
    private readonly table: SealedTable<Row>,
    private readonly log: Logger,
  ) {}

  /**
   * @param keys as `encryptionKeys` gives them.
   * @throws {InvalidSettings} when a row stands under a key that is missing: it is better to have no service than one
   * that knows nobody.
   */
  static async open<Row extends SealedRow>(
    orm: MikroORM,
    keys: string,
    table: SealedTable<Row>,
    log: Logger,
  ): Promise<SealedRows> {
    const rows = new SealedRows(orm, new FieldEncryption(keys), table, log);
    await rows.mustBeReadable();
    return rows as unknown as SealedRows;
  }

  /** The keys of the settings, newest first, then others that rows stand under. */
  async uses(): Promise<KeyUse[]> {
    const counted = await this.orm.em
      .fork()
      .execute<{ id: string | null; rows: number }[]>(
        `select key_id as id, count(*)::int as rows from ${this.tableName} group by key_id`,
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
      for (const { id } of stale) {
        for (let after: string | undefined; ; ) {
          signal.throwIfAborted();
          const batch = await this.rewrapBatch(id, after);
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
  private rewrapBatch(keyId: string | null, after: string | undefined) {
    const { entity, userId, resealed, service } = this.table;
    return this.orm.em.fork().transactional(async (em) => {
      const where = { keyId, ...(after !== undefined && { [userId]: { $gt: after } }) };
      const rows = await em.find<Row>(entity, where as FilterQuery<Row>, {
        orderBy: { [userId]: 'asc' } as never,
        limit: BATCH,
        lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE,
      });
      let damaged = 0;
      for (const row of rows) {
        try {
          Object.assign(row, resealed(this.encryption, row as Row));
        } catch (error) {
          if (!(error instanceof UndecryptableField)) throw error;
          damaged += 1;
          this.log.error({ user_id: row[userId], service, code: error.code }, 'a row cannot be decrypted');
        }
      }
      return {
        rewrapped: rows.length - damaged,
        damaged,
        last: rows.at(-1)?.[userId] as string | undefined,
      };
    });
  }

  private async mustBeReadable(): Promise<void> {
    const { service, entity, userId, resealed } = this.table;
    const em = this.orm.em.fork();
    // The distinct keys, by one look into the index for each.
    const named = await em.execute<{ id: string }[]>(
      `with recursive named (id) as (
         select min(key_id) from ${this.tableName}
         union all
         select (select min(key_id) from ${this.tableName} where key_id > named.id) from named where named.id is not null
       ) select id from named where id is not null`,
    );
    const missing = named.map(({ id }) => id).filter((id) => !this.encryption.keyIds.includes(id));
    const problems = missing.map(
      (id) =>
        `FIELD_ENCRYPTION_KEY: rows stand under the key ${id}, which is not among the keys ${this.known}`,
    );
    const [unnamed] = await em.find<Row>(entity, { keyId: null } as FilterQuery<Row>, {
      orderBy: { [userId]: 'desc' } as never,
      limit: 1,
    });
    try {
      if (unnamed) resealed(this.encryption, unnamed as Row);
    } catch (error) {
      if (!(error instanceof UndecryptableField)) throw error;
      problems.push(`FIELD_ENCRYPTION_KEY: none of the keys ${this.known} is the one that rows stand under`);
    }
    if (problems.length > 0) throw new InvalidSettings(service, problems);
  }

  private get known(): string {
    return this.encryption.keyIds.join(', ');
  }

  private get tableName(): string {
    return `"${this.orm.getMetadata().get(this.table.entity).tableName}"`;
  }
}
