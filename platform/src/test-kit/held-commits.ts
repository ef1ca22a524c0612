import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { eventually } from './eventually.js';

/** Of the advisory lock that commits wait for. */
const LOCK = 4_711;

/** Holds back the commit of every transaction that wrote to a table: all is done by then, and nothing of it can be seen. */
export class HeldCommits {
  private isReleased = false;

  private constructor(
    private readonly orm: MikroORM,
    private readonly holder: EntityManager,
    private readonly table: string,
  ) {}

  static async of(orm: MikroORM, table: string): Promise<HeldCommits> {
    const em = orm.em.fork();
    await em.execute(
      `create or replace function hold_commit() returns trigger language plpgsql as
       $$ begin perform pg_advisory_xact_lock_shared(${LOCK}); return null; end $$`,
    );
    await em.execute(
      `create constraint trigger hold_commit after insert or update or delete on ${table}
       deferrable initially deferred for each row execute function hold_commit()`,
    );
    const holder = orm.em.fork();
    await holder.begin();
    await holder.execute(`select pg_advisory_xact_lock(${LOCK})`);
    return new HeldCommits(orm, holder, table);
  }

  /** Waits until a transaction is at its commit. */
  async reached(): Promise<void> {
    await eventually(`a commit of ${this.table} is held back`, async () => {
      const waiting: unknown[] = await this.orm.em.fork().execute(
        `select 1 from pg_locks where locktype = 'advisory' and objid = ${LOCK} and not granted
           and database = (select oid from pg_database where datname = current_database())`,
      );
      return waiting.length > 0;
    });
  }

  /** Lets them through, now and from now on; a second time it does nothing. */
  async release(): Promise<void> {
    if (this.isReleased) return;
    this.isReleased = true;
    await this.holder.commit();
    await this.orm.em.fork().execute(`drop trigger hold_commit on ${this.table}`);
  }
}
