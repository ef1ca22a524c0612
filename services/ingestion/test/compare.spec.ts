import { compareSnapshots } from '@undertone/contracts/listening/comparison';
import { getSnapshot } from '@undertone/contracts/listening/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';
import { recordSnapshot } from './recorded-snapshots.js';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const compare = async (a: string, b: string) =>
  (await harness.rpc.ask(compareSnapshots, { a, b })).comparison;

it('compares two snapshots of a person, replaced ones too, and nobody else’s', async () => {
  const [ada, ben] = [newId(), newId()];
  const replaced = await recordSnapshot(harness, ada, '2026-11-18', 'short_term');
  const later = await recordSnapshot(harness, ada, '2026-11-18', 'short_term');
  const bens = await recordSnapshot(harness, ben, '2026-11-18', 'short_term');
  const { snapshot } = await harness.rpc.ask(getSnapshot, { snapshot_id: replaced });
  expect(await compare(replaced, later)).toMatchObject({
    user_id: ada,
    a: { snapshot_id: replaced, created_at: snapshot?.created_at },
    b: { snapshot_id: later },
    comparable: true,
    total_tracks_analyzed: { a: 2, b: 2, change: 0 },
  });
  expect(await compare(later, replaced)).toMatchObject({ a: { snapshot_id: later } });
  expect(await compare(later, later)).toMatchObject({ comparable: true });
  expect(await compare(later, bens)).toBeNull();
  expect(await compare(newId(), later)).toBeNull();
});
