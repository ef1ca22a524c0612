import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jsonFile, playRows } from './exported-catalogue.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';

let harness: ImportHarness;
beforeAll(async () => {
  harness = await startImportHarness({}, { legacyFields: true });
});
afterAll(() => harness.stop());

const snapshots = async (user_id: string) =>
  (await harness.rpc.ask(listSnapshots, { user_id, limit: 50 })).items;

it('a snapshot of top lists names the artists in the provider’s order, and counts the genres that it tells', async () => {
  const userId = newId();
  await harness.ingest(userId, 'short_term');
  const [snapshot] = await snapshots(userId);
  const { artistById } = harness.simulator.catalogue;
  const artists = snapshot?.top_artists?.map(({ artist_id }) => artistById.get(artist_id)) ?? [];
  expect(artists.length).toBeGreaterThan(5);
  expect(snapshot?.top_artists?.map(({ name }) => name)).toEqual(artists.map((artist) => artist?.name));
  const [first] = snapshot?.top_genres ?? [];
  const having = artists.filter((artist) => artist?.genres.includes(first?.genre ?? ''));
  expect(first?.artist_count).toBe(having.length);
  expect(snapshot?.genre_coverage).toBe(1);
  // Names are in no event.
  const log = JSON.stringify(await harness.listening(userId));
  expect(artists.filter((artist) => artist && log.includes(artist.name))).toEqual([]);
});

it('a snapshot of an export names them as the export does, and has no genres', async () => {
  const userId = newId();
  const tracks = harness.simulator.catalogue.tracks.slice(0, 30);
  const report = await harness.imported(
    userId,
    jsonFile(playRows(tracks, 40)),
    'Streaming_History_Audio_2026_0.json',
  );
  await harness.ended(report.snapshots_task_id ?? '');
  const known = new Set(tracks.map(({ artists: [artist] }) => artist.name));
  for (const snapshot of await snapshots(userId)) {
    expect(snapshot.top_artists?.length).toBeGreaterThan(0);
    expect(snapshot.top_artists?.filter(({ name }) => !name || !known.has(name))).toEqual([]);
    expect(snapshot).toMatchObject({ top_genres: [], genre_coverage: 0 });
  }
});
