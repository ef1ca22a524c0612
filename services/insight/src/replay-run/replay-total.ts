import type { EntityManager, FilterQuery, InferEntity } from '@mikro-orm/postgresql';
import { ReplayItem } from './replay-item.entity.js';

type Item = InferEntity<typeof ReplayItem>;
interface Sums {
  underWay: number;
  written: number;
  failed: number;
  retries: number;
}

/**
 * Moves `replay_total` on by what became of items, in the transaction that writes them.
 * @param before the same items as they were; new ones are not among them.
 */
export async function addToTotals(
  em: EntityManager,
  before: readonly Item[],
  after: readonly Item[],
): Promise<void> {
  const totals = new Map<string, Sums>();
  for (const item of before) add(totals, item, -1);
  for (const item of after) add(totals, item, 1);
  for (const [replayId, { underWay, written, failed, retries }] of totals) {
    await em.execute(
      `insert into replay_total as t (replay_id, under_way, written, failed, retries) values (?, ?, ?, ?, ?)
       on conflict (replay_id) do update set under_way = t.under_way + excluded.under_way,
         written = t.written + excluded.written, failed = t.failed + excluded.failed,
         retries = t.retries + excluded.retries`,
      [replayId, underWay, written, failed, retries],
    );
  }
}

/**
 * Deletes items, with what they add to the sums: a replay that waited for one would wait for ever.
 * @param em of a transaction.
 * @returns how many.
 */
export async function deleteItems(
  em: EntityManager,
  which: FilterQuery<Item>,
  atMost?: number,
): Promise<number> {
  const items = await em.find(ReplayItem, which, {
    ...(atMost !== undefined && { limit: atMost }),
    disableIdentityMap: true,
  });
  if (items.length === 0) return 0;
  await addToTotals(em, items, []);
  return em.nativeDelete(ReplayItem, {
    $or: items.map(({ replayId, snapshotId }) => ({ replayId, snapshotId })),
  });
}

function add(totals: Map<string, Sums>, item: Item, sign: 1 | -1): void {
  const sums = totals.get(item.replayId) ?? { underWay: 0, written: 0, failed: 0, retries: 0 };
  totals.set(item.replayId, sums);
  sums[item.status === 'requested' ? 'underWay' : item.status] += sign;
  sums.retries += sign * Math.max(item.attempts - 1, 0);
}
