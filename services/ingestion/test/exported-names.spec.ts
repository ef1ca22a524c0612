import { consumers } from '@undertone/contracts/consumers';
import { takeBackImport } from '@undertone/contracts/jobs/renew-plays';
import { listHistory } from '@undertone/contracts/listening/history';
import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { listTop, type TopKind } from '@undertone/contracts/listening/top';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { rebuild } from '@undertone/platform/projections/rebuild-command';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rebuildable } from '../src/rebuild.js';
import { type CatalogueTrack, jsonFile, playRow } from './exported-catalogue.js';
import { NOTHING_IS_FRESH } from './harness.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';
import { recordGap } from './recorded-gap.js';

const FILE = 'Streaming_History_Audio_2026_0.json';
const EVIL = 'Buy at evil.example';
const DUMPS = {
  plays: 'select * from play order by user_id, id',
  tracks: 'select * from exported_track order by user_id, track_id',
  artists: 'select * from exported_artist order by user_id, id',
};

describe('names from a person’s export', () => {
  let harness: ImportHarness;
  beforeAll(async () => {
    harness = await startImportHarness(NOTHING_IS_FRESH);
  });
  afterAll(() => harness.stop());

  /** An export with one play of a track, under names of its own. */
  const exported = (userId: string, id: string, name: string, artist = name) =>
    harness.imported(
      userId,
      jsonFile([
        {
          ...playRow(harness.simulator.catalogue.tracks[0] as CatalogueTrack, '2024-03-01T10:00:00Z'),
          master_metadata_track_name: name,
          master_metadata_album_artist_name: artist,
          master_metadata_album_album_name: name,
          spotify_track_uri: `spotify:track:${id}`,
        },
      ]),
      FILE,
    );
  /** What an API told of plays, without a word about names. */
  const played = (userId: string, ...ids: string[]) =>
    recordGap(
      harness,
      userId,
      { after: '2026-11-01T00:00:00.000Z', before: '2026-11-02T00:00:00.000Z' },
      ids.map((track_id, n) => ({ track_id, played_at: `2026-11-02T00:0${n}:00.000Z` })),
    );
  const history = async (user_id: string, track: string) =>
    (await harness.rpc.ask(listHistory, { user_id, time_zone: 'UTC', limit: 200 })).items
      .filter(({ track_id }) => track_id === track)
      .map(({ name, artists, album, named_by }) => ({
        name,
        artist: artists[0]?.name,
        album,
        named_by,
      }));
  const top = async (user_id: string, kind: TopKind) =>
    (await harness.rpc.ask(listTop, { user_id, time_zone: 'UTC', kind, by: 'count', limit: 200 })).items;
  const everything = async (userId: string) =>
    JSON.stringify([
      await harness.rpc.ask(listHistory, { user_id: userId, time_zone: 'UTC', limit: 200 }),
      await Promise.all((['tracks', 'artists', 'albums'] as const).map((kind) => top(userId, kind))),
      await harness.rpc.ask(listSnapshots, { user_id: userId, limit: 50 }),
    ]);
  const named = (name: string, artist = name) => ({ name, artist, album: name, named_by: 'export' });

  it('are that person’s alone: another one with the same unknown track sees none, or the own ones', async () => {
    const [mallory, ada, ben] = [newId(), newId(), newId()];
    const id = 'a'.repeat(22);
    await exported(mallory, id, EVIL);
    await played(ben, id);
    await exported(ada, id, 'Paper Lantern', 'The Moss Choir');

    expect(await history(mallory, id)).toEqual([named(EVIL)]);
    expect(await history(ada, id)).toEqual([named('Paper Lantern', 'The Moss Choir')]);
    expect(await history(ben, id)).toEqual([{ name: null, artist: undefined, album: null, named_by: null }]);
    for (const kind of ['tracks', 'artists', 'albums'] as const) {
      expect((await top(mallory, kind)).map(({ name, named_by }) => [name, named_by])).toEqual([
        [EVIL, 'export'],
      ]);
    }
    expect((await top(ada, 'artists')).map(({ name }) => name)).toEqual(['The Moss Choir']);
    expect(await top(ben, 'artists')).toEqual([]);
    expect(await everything(ada)).not.toContain(EVIL);
    expect(await everything(ben)).not.toContain(EVIL);
  });

  it('are written as each person’s own export writes them, where their letters’ case differs', async () => {
    const [mallory, ada] = [newId(), newId()];
    const loud = await exported(mallory, 'b'.repeat(22), 'QUIET HARBOUR');
    const quiet = await exported(ada, 'b'.repeat(22), 'Quiet Harbour');
    await harness.ended(loud.snapshots_task_id ?? '');
    await harness.ended(quiet.snapshots_task_id ?? '');
    expect(await everything(mallory)).toContain('QUIET HARBOUR');
    expect(await everything(ada)).toContain('Quiet Harbour');
    expect(await everything(ada)).not.toContain('QUIET HARBOUR');
  });

  it('give way to a provider’s, whichever came first', async () => {
    const [early, late, linked] = [newId(), newId(), newId()];
    const { trackById } = harness.simulator.catalogue;
    await harness.ingest(linked, 'short_term');
    const [first] = (await harness.rpc.ask(listHistory, { user_id: linked, time_zone: 'UTC', limit: 1 }))
      .items;
    const track = trackById.get(first?.track_id ?? '') as CatalogueTrack;
    const provided = {
      name: track.name,
      artist: track.artists[0].name,
      album: track.album.name,
      named_by: 'provider',
    };
    // Provider first.
    await exported(late, track.id, EVIL);
    expect(await history(late, track.id)).toEqual([provided]);
    // Export first: the catalogue forgets it, and learns it again from another person's ingest.
    await harness.orm().em.fork().execute('delete from track');
    await exported(early, track.id, EVIL);
    expect(await history(early, track.id)).toEqual([named(EVIL)]);
    expect((await history(linked, track.id)).every(({ name }) => name === null)).toBe(true);
    await harness.ingest(linked, 'short_term');
    for (const person of [early, late]) expect(await history(person, track.id)).toEqual([provided]);
    expect(await everything(linked)).not.toContain(EVIL);
  });

  it('leave with the import that told them, and what other imports call the same stays', async () => {
    const userId = newId();
    const [nameless, shared, alone] = ['d', 'e', 'f'].map((letter) => letter.repeat(22)) as [
      string,
      string,
      string,
    ];
    const row = (id: string, n: number, name: string | null) => ({
      ...playRow(harness.simulator.catalogue.tracks[0] as CatalogueTrack, `2024-03-0${n}T10:00:00Z`),
      master_metadata_track_name: name,
      master_metadata_album_artist_name: name,
      master_metadata_album_album_name: name,
      spotify_track_uri: `spotify:track:${id}`,
    });
    const told = (...rows: object[]) => harness.imported(userId, jsonFile(rows), FILE);
    await told(row(nameless, 1, null), row(shared, 2, 'Ferry'));
    const { import_id } = await told(
      row(nameless, 3, 'Misnomer'),
      row(shared, 4, 'ferry'),
      row(alone, 5, 'Alone'),
    );
    expect(await history(userId, nameless)).toEqual([named('Misnomer'), named('Misnomer')]);
    expect(await history(userId, shared)).toEqual([named('ferry'), named('ferry')]);

    const job = await requestJob(harness.store, takeBackImport, {
      payload: { user_id: userId, import_id },
      lane: 'interactive',
      source: 'test',
    });
    expect((await harness.ended(job)).task.status).toBe('SUCCESS');
    expect(await history(userId, nameless)).toEqual([
      { name: null, artist: undefined, album: null, named_by: null },
    ]);
    expect(await history(userId, shared)).toEqual([named('Ferry')]);
    expect((await top(userId, 'artists')).map(({ name }) => name)).toEqual(['Ferry']);
    expect(await everything(userId)).not.toMatch(/Misnomer|ferry|Alone/);
  });

  it('are the same rows again after a rebuild', async () => {
    const dump = async () =>
      Promise.all(Object.values(DUMPS).map((sql) => harness.orm().em.fork().execute(sql)));
    const before = await dump();
    expect(before.every((rows) => rows.length > 0)).toBe(true);
    await harness.service.close();
    await rebuild(rebuildable, ['plays'], harness.environment);
    await harness.start();
    const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
    for (const filter of consumers.plays.filters) {
      const last = await harness.store.last(consumers.plays.stream, filter);
      await progress.reached(consumers.plays, last?.sequence ?? 0, new AbortController().signal);
    }
    expect(await dump()).toEqual(before);
  });
});
