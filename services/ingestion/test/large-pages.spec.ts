import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';
import { appendSnapshot, recordSnapshot } from './recorded-snapshots.js';

const SNAPSHOTS = 170;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const dayOf = (n: number) => new Date(Date.UTC(2020, 0, 1 + n)).toISOString().slice(0, 10);

it('a page of snapshots that NATS would not take ends earlier, and the next ones bring the rest', async () => {
  const user_id = newId();
  for (let n = 1; n < SNAPSHOTS; n += 1) await appendSnapshot(harness, user_id, dayOf(n), 'short_term');
  await recordSnapshot(harness, user_id, dayOf(SNAPSHOTS), 'short_term');
  // As large as they get: together more than a message may have.
  const genres = Array.from({ length: 50 }, (_, n) => ({
    genre: `${n} ${'é'.repeat(100)}`,
    artist_count: 1,
  }));
  const em = harness.orm().em.fork();
  await em.execute('update listening_snapshot set top_genres = ? where user_id = ?', [
    JSON.stringify(genres),
    user_id,
  ]);
  const found: string[] = [];
  let pages = 0;
  for (let cursor: string | undefined; ; pages += 1) {
    const page = await harness.rpc.ask(listSnapshots, {
      user_id,
      limit: SNAPSHOTS,
      ...(cursor && { cursor }),
    });
    expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(600_000);
    found.push(...page.items.map(({ snapshot_date }) => snapshot_date));
    if (page.next === null) break;
    cursor = page.next;
  }
  expect(pages).toBeGreaterThan(0);
  expect(found).toEqual(Array.from({ length: SNAPSHOTS }, (_, n) => dayOf(SNAPSHOTS - n)));
});
