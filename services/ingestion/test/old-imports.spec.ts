import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { consumers } from '@undertone/contracts/consumers';
import { HistoryImported } from '@undertone/contracts/listening/history-imported';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import { listTrends } from '@undertone/contracts/listening/trends';
import { listeningAggregate } from '@undertone/contracts/subjects';
import type { NewEvent } from '@undertone/platform/event-store/cloudevents';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { newId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { inventedRow } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playId } from '../src/play-keys/play-id.js';
import { namesKey } from '../src/play-keys/track-key.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';
import { asTable, changedRows, type PlayRow } from './rebuilt-plays.js';

const IMPORTED_AT = '2026-11-20T12:00:00.000Z';
const [LANTERN, TIDE] = ['lantern', 'tide'].map((name) => name.padStart(22, '0')) as [string, string];
const BY_NAMES = namesKey('Moss Choir', 'Lantern');

/** What an old import kept, a play each: an export without ids, the same with them, and odd rows. */
const KEPT = [
  { track_id: BY_NAMES, played_at: '2026-11-01T20:00:00.000Z', ms_played: 200_000 },
  { track_id: LANTERN, played_at: '2026-11-01T20:00:00.000Z', ms_played: 200_000 },
  { track_id: LANTERN, played_at: '2026-11-02T20:00:00.000Z', ms_played: 180_000 },
  { track_id: LANTERN, played_at: '2026-11-02T20:00:04.000Z', ms_played: 170_000 },
  { track_id: LANTERN, played_at: '2026-11-03T20:00:00.000Z', ms_played: 0 },
  { track_id: LANTERN, played_at: '2026-11-04T20:00:00.000Z', ms_played: 9_000 },
  { track_id: LANTERN, played_at: '2038-01-19T03:14:07.000Z', ms_played: 200_000 },
];
/** What Spotify had told: the old import left the row of its export out. */
const TOLD = { track_id: TIDE, played_at: '2026-11-05T20:00:00.000Z' };

describe('an installation that had imported the old way', () => {
  let harness: ImportHarness;
  const userId = newId();
  let before: PlayRow[];
  beforeAll(async () => {
    harness = await startImportHarness({ AUDIO_FEATURES: 'none' });
    await installed();
  });
  afterAll(() => harness.stop());

  const rows = async (table: string): Promise<PlayRow[]> =>
    harness.orm().em.fork().execute(`select * from ${table}`);
  const changed = async () =>
    changedRows(before, { plays: await rows('play'), unused: await rows('unused_telling') });

  async function record(event: Pick<NewEvent, 'definition' | 'data'>): Promise<void> {
    const whole = { id: newId(), time: new Date(), source: 'test', ...event } as NewEvent;
    const { sequence } = await recordOnce(harness.store, listeningAggregate(userId), whole, { upTo: 0 });
    const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
    await progress.reached(consumers.plays, sequence, new AbortController().signal);
  }

  const november = async () => {
    const asked = { user_id: userId, time_zone: 'UTC', bucket: 'month' as const, limit: 1 };
    const { items } = await harness.rpc.ask(listTrends, { ...asked, from: '2026-11-01', to: '2026-11-30' });
    return items;
  };
  const playsOfNovember = async () => (await november()).map(({ plays }) => plays);

  /** The log, the objects and the tables as an earlier release left them, which noted nothing of what built its rows. */
  async function installed(): Promise<void> {
    const names = { track: 'Lantern', artist: 'Moss Choir', album: null };
    const lines = KEPT.map((line) => ({ id: newId(), ...line, ...names }));
    const bytes = gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const key = `plays/${userId}/${newId()}`;
    const streams = await harness.storage().put(key, Readable.from([bytes]), bytes.length);
    const about = { files: [], unreadable: [], skipped: {}, imported_at: IMPORTED_AT };
    const played = { first_played_at: KEPT[0]?.played_at, last_played_at: KEPT.at(-1)?.played_at };
    const fetched = { user_id: userId, source: 'spotify', fetched_at: IMPORTED_AT, plays: [TOLD] };
    await record({ definition: PlaysFetched, data: fetched });
    await record({
      definition: HistoryImported,
      data: { import_id: newId(), user_id: userId, rows: 7, kept: 7, ...about, ...played, streams },
    });
    await harness.service.close();
    const old = [
      ...lines.map(({ id, track_id, played_at, ms_played }) => ({
        id,
        track_id,
        played_at,
        ms_played,
        source: 'export',
      })),
      { ...TOLD, id: playId(userId, new Date(TOLD.played_at), TIDE), ms_played: null, source: 'spotify' },
    ];
    await harness.start();
    const em = harness.orm().em.fork();
    await em.execute('delete from play');
    await em.execute('delete from unused_telling');
    await em.execute(
      `insert into play (id, user_id, played_at, track_id, ms_played, source, sequence)
       select id, ?::uuid, played_at, track_id, ms_played, source, 1
         from jsonb_to_recordset(?::jsonb) as old(id uuid, played_at timestamptz, track_id text, ms_played int, source text)`,
      [userId, JSON.stringify(old)],
    );
    before = await rows('play');
    // Cached for longer than the rebuild takes.
    expect(await playsOfNovember()).toEqual([7]);
    await em.execute('update projection_checkpoint set built_from = null');
    await harness.service.close();
    await harness.start();
  }

  it('builds its plays again when it starts, and each row that changed has its reason', async () => {
    await eventually('the plays are built again', async () => (await rows('unused_telling')).length > 0);
    // Long before it expires.
    await eventually('trends show them', async () => (await playsOfNovember())[0] === 4, 5_000);
    expect(`\n${asTable(await changed())}\n`).toBe(`
| ended | track | ms | source | before | now | why |
| --- | --- | --- | --- | --- | --- | --- |
| 2026-11-01T20:00:00.000Z | ${BY_NAMES} | 200000 | export | play | none | the same stream as a play of ${LANTERN}, 200000 ms, which says more |
| 2026-11-02T20:00:04.000Z | ${LANTERN} | 170000 | export | play | none | the same stream as a play of ${LANTERN}, 180000 ms, which says more |
| 2026-11-03T20:00:00.000Z | ${LANTERN} | 0 | export | play | none | 0 ms are no listen |
| 2038-01-19T03:14:07.000Z | ${LANTERN} | 200000 | export | play | none | later than it was told |
`);
  });

  it('gets the rest, which its old imports left out, when the same export is imported again', async () => {
    const named = (name: string, change: object) =>
      inventedRow(0, {
        master_metadata_track_name: name,
        master_metadata_album_artist_name: 'Moss Choir',
        ...change,
      });
    const again = [
      named('Tide', { ts: TOLD.played_at, ms_played: 240_000, spotify_track_uri: `spotify:track:${TIDE}` }),
      named('Lantern', {
        ts: '2026-11-04T20:00:00Z',
        ms_played: 9_000,
        reason_end: 'fwdbtn',
        spotify_track_uri: `spotify:track:${LANTERN}`,
      }),
    ];
    const bytes = Buffer.from(JSON.stringify(again));
    expect(await harness.imported(userId, bytes, 'Streaming_History_Audio_2026_1.json')).toMatchObject({
      kept: 1,
      replaced: 1,
      skipped: { too_short_and_skipped: 1 },
    });
    const told = (await changed()).map(({ row, now, why }) => [row.track_id, row.ms_played, now, why]);
    expect(told).toContainEqual([LANTERN, 9_000, 'none', 'broken off under 30 s']);
    expect(told).toContainEqual([
      TIDE,
      null,
      'none',
      `the same stream as a play of ${TIDE}, 240000 ms, which says more`,
    ]);
    expect(told).toContainEqual([TIDE, 240_000, 'play', 'stands for a stream that another row stood for']);
    expect(await november()).toMatchObject([{ plays: 3, hours: 620_000 / 3_600_000, time_coverage: 1 }]);
  });
});
