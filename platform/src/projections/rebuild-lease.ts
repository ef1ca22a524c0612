import type { EntityManager } from '@mikro-orm/postgresql';
import { shadowOf } from '../database/schemas.js';
import { Refused } from '../rpc/rpc-client.js';

/** Another run has the projection's shadow tables now. */
export class LeaseLost extends Refused {
  constructor(projection: string) {
    super('REBUILD_UNDER_WAY', `another run rebuilds ${projection}`);
    this.name = 'LeaseLost';
  }
}

/** One run's right to a projection's shadow tables: the one that took it last has it. */
export class RebuildLease {
  private readonly table: string;

  /**
   * @param schema of the service.
   * @param run UUID of the run.
   */
  constructor(
    schema: string,
    readonly projection: string,
    readonly run: string,
  ) {
    this.table = `"${shadowOf(schema)}".rebuild`;
  }

  /** @throws {LeaseLost} */
  async check(em: EntityManager, lock = ''): Promise<void> {
    const rows: unknown[] = await em.execute(
      `select 1 from ${this.table} where projection = ? and run = ? ${lock}`,
      [this.projection, this.run],
    );
    if (rows.length === 0) throw new LeaseLost(this.projection);
  }

  /**
   * The same, and nobody takes the lease before the transaction ends: for what would take tables away from another run.
   * A batch need not: it holds the shadow checkpoint, which the next run goes on from.
   * @throws {LeaseLost}
   */
  hold(em: EntityManager): Promise<void> {
    // `run` is a key: this keeps it, and lets the state be written.
    return this.check(em, 'for key share');
  }
}
