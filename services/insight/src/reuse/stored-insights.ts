import { type InferEntity, MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { getSnapshot } from '@undertone/contracts/listening/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { textFaults } from '../checks/check-answer.js';
import type { Facts } from '../facts/facts.js';
import { showDate } from '../facts/shown-numbers.js';
import { GeneratedInsight } from '../insights/generated-insight.entity.js';
import type { InsightTypeDefinition } from '../types/insight-type.js';
import { nearlyTheSame } from './near.js';
import type { ReuseKey } from './reuse-key.js';

type Row = InferEntity<typeof GeneratedInsight>;

/** A stored insight that may be given in place of a new one. */
export interface Reusable {
  readonly row: Row;
  /** Why its text may stand for another snapshot; absent when it is this snapshot's own. */
  readonly reason?: string;
  /** What its reader is told, where the text's numbers are not quite this snapshot's. */
  readonly note?: string;
}

/** A text is not given for ever, however little moves. */
const NEAR_DAYS = 14;

/** Finds what was written before. */
@Injectable()
export class StoredInsights {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(RpcClient) private readonly rpc: RpcClient,
  ) {}

  /** An insight of the same key whose text is true of this snapshot too: the one thing that may differ is the date. */
  async same({ key }: ReuseKey, type: InsightTypeDefinition, facts: Facts): Promise<Reusable | undefined> {
    const rows = await this.orm.em
      .fork()
      .find(GeneratedInsight, { reuseKey: key }, { orderBy: { sequence: 'desc' }, limit: 5 });
    const found = rows
      .map((row) => this.reusable(row, type, facts))
      .filter((reusable) => reusable !== undefined);
    return found.find(({ row }) => row.snapshotId === facts.snapshot.id) ?? found[0];
  }

  /** What another job wrote just now, if it may be given for this snapshot. */
  async byId(id: string, type: InsightTypeDefinition, facts: Facts): Promise<Reusable | undefined> {
    const row = await this.orm.em.fork().findOne(GeneratedInsight, { id });
    return row ? this.reusable(row, type, facts) : undefined;
  }

  private reusable(row: Row, type: InsightTypeDefinition, facts: Facts): Reusable | undefined {
    if (textFaults(row.structuredOutput, type, facts).length > 0) return undefined;
    if (row.snapshotId === facts.snapshot.id) return { row };
    return { row, reason: 'the numbers, as they are shown, are the same' };
  }

  /**
   * The newest insight of the scope that a call paid for, if its snapshot is nearly this one. Texts that were reused
   * are passed over, so that many small moves do not add up.
   */
  async near(
    { scope }: ReuseKey,
    type: InsightTypeDefinition,
    facts: Facts,
    now: Date,
  ): Promise<Reusable | undefined> {
    // What compares weeks is about what moved.
    if (type.uses.weeks) return undefined;
    const em = this.orm.em.fork();
    const own = await em.findOne(GeneratedInsight, { reuseScope: scope, snapshotId: facts.snapshot.id });
    if (own) return { row: own };
    const written = { reuseScope: scope, reusedFrom: null };
    const row = await em.findOne(GeneratedInsight, written, { orderBy: { sequence: 'desc' } });
    if (!row || now.getTime() - row.generatedAt.getTime() > NEAR_DAYS * 86_400_000) return undefined;
    const before = await this.snapshot(row.snapshotId);
    if (!before) return undefined;
    const moved = nearlyTheSame({ ...facts, snapshot: before }, facts);
    return moved === undefined
      ? undefined
      : {
          row,
          reason: `nearly the same numbers: ${moved}`,
          note: `These are the numbers of ${showDate(before.snapshot_date)}, which have hardly moved since.`,
        };
  }

  private async snapshot(id: string): Promise<Snapshot | null> {
    return (await this.rpc.ask(getSnapshot, { snapshot_id: id })).snapshot;
  }
}
