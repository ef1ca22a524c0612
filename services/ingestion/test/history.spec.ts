import type { PlayedTrack } from '@undertone/contracts/listening/history';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FILE, grouped, json, Lists, type Row, rows, sum, trackOf, wallDay } from './half-a-year.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';
import { recordGap } from './recorded-gap.js';

const FEATURES = ['valence', 'energy', 'danceability', 'acousticness', 'instrumentalness'] as const;

describe('a person’s history', () => {
  let harness: ImportHarness;
  const ada = newId();
  const lists = new Lists(() => harness, ada);
  beforeAll(async () => {
    harness = await startImportHarness();
    const { kept } = await harness.imported(ada, json(rows), FILE);
    expect(kept).toBe(new Set(rows.map((row) => `${row.ts} ${trackOf(row)}`)).size);
    expect(kept).toBe(rows.length);
  });
  afterAll(() => harness.stop());

  describe('of plays', () => {
    it('is every play once, newest first, with the names that the export gave', async () => {
      const plays = await lists.history();
      expect(plays).toHaveLength(rows.length);
      expect(new Set(plays.map(({ play_id }) => play_id)).size).toBe(rows.length);
      const times = plays.map(({ played_at }) => played_at);
      expect(times).toEqual(times.toSorted().reverse());
      const byPlay = new Map(rows.map((row) => [`${trackOf(row)} ${row.ms_played}`, row]));
      for (const play of plays) {
        const row = byPlay.get(`${play.track_id} ${play.ms_played}`);
        expect(play).toMatchObject({
          name: row?.master_metadata_track_name,
          artists: [{ name: row?.master_metadata_album_artist_name }],
          album: row?.master_metadata_album_album_name,
          named_by: 'export',
          source: 'export',
          mood: 'unknown',
        });
      }
    });

    it('has the days of the zone that is asked for', async () => {
      for (const zone of ['Asia/Kolkata', 'America/Los_Angeles']) {
        const plays = await lists.history({ time_zone: zone, from: '2026-03-28', to: '2026-03-29' });
        const expected = rows.filter(({ ts }) => ['2026-03-28', '2026-03-29'].includes(wallDay(ts, zone)));
        expect(plays.map(({ played_at }) => Date.parse(played_at)).sort()).toEqual(
          expected.map(({ ts }) => Date.parse(ts)).sort(),
        );
        expect(plays.length).toBeGreaterThan(0);
      }
    });

    it('neither skips nor repeats a play while others come, at any time', async () => {
      const user_id = newId();
      await harness.imported(user_id, json(rows.slice(0, 60)), FILE);
      const before = (await lists.history({ user_id })).map(({ play_id }) => play_id);
      let n = 0;
      const seen = await lists.history({ user_id, limit: 7 }, async () => {
        n += 1;
        // At the very moments of plays that are there, and between them.
        const more = rows.slice(n * 5, n * 5 + 3).map((row) => ({ ...row, ms_played: 30_001 + n }));
        await harness.imported(user_id, json(more), FILE);
      });
      const ids = seen.map(({ play_id }) => play_id);
      expect(n).toBeGreaterThan(7);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => before.includes(id))).toEqual(before);
    });

    it('is nobody else’s', async () => {
      expect(await lists.history({ user_id: newId() })).toEqual([]);
      expect(await lists.top({ user_id: newId() })).toEqual([]);
      expect(await lists.trends({ user_id: newId() })).toEqual([]);
    });

    it.each([
      ['history', () => lists.history({ cursor: 'x' })],
      ['trends', () => lists.trends({ cursor: Buffer.from('["trends","soon"]').toString('base64url') })],
      ['top', () => lists.top({ cursor: Buffer.from('["history",["2026",1]]').toString('base64url') })],
    ])('refuses a cursor that is none: %s', async (_list, ask) => {
      await expect(ask()).rejects.toMatchObject({
        code: 'BAD_CURSOR',
        status: 422,
        errors: [{ path: 'cursor' }],
      });
    });
  });

  describe('with a possible gap', () => {
    const user_id = newId();
    // Two are before the gap, the middle ones in it, two after it.
    const own = rows.filter((_, n) => n % 50 === 0).slice(0, 8);
    const [first, second, third, , , , after, last] = own as [Row, Row, Row, Row, Row, Row, Row, Row];
    const at = ({ ts }: Row) => new Date(ts).toISOString();
    const told = (row: Row) => ({ track_id: trackOf(row), played_at: at(row) });
    const marked = (plays: PlayedTrack[]) =>
      plays.flatMap(({ played_at, possible_gap_since: since, possible_gap_until: until }) =>
        since || until ? [{ played_at, since, until }] : [],
      );
    const months = async () =>
      (await lists.trends({ user_id, bucket: 'month', to: '2026-05-31' })).map(
        ({ possible_gap }) => possible_gap,
      );

    it('says so on both sides of it, on whatever page, and in the buckets that have a part of it', async () => {
      await harness.imported(user_id, json([first]), FILE);
      await recordGap(harness, user_id, { after: at(second), before: at(after) }, [
        told(last),
        told(after),
        told(second),
      ]);
      const sides = [
        { played_at: at(after), since: at(second) },
        { played_at: at(second), until: at(after) },
      ];
      for (const limit of [1, 2, 3, 200])
        expect(marked(await lists.history({ user_id, limit }))).toEqual(sides);
      const to = wallDay(second.ts, 'UTC');
      expect(marked(await lists.history({ user_id, to }))).toEqual(sides.slice(1));
      expect(marked(await lists.history({ user_id, to: wallDay(first.ts, 'UTC') }))).toEqual([]);
      expect(await months()).toEqual([undefined, true, true, true]);
    });

    it('says it of what is left when an import tells of a part, and no more when one tells of the rest', async () => {
      await harness.imported(user_id, json([first, second, third]), FILE);
      expect(marked(await lists.history({ user_id })).map(({ played_at }) => played_at)).toEqual([
        at(after),
        at(third),
      ]);
      await harness.imported(user_id, json(own.slice(2)), FILE);
      expect(marked(await lists.history({ user_id }))).toEqual([]);
      expect(await months()).toEqual([undefined, undefined, undefined, undefined]);
    });
  });

  describe('beside what Spotify’s API told', () => {
    const ben = newId();
    beforeAll(async () => {
      const { task } = await harness.ingest(ben, 'short_term');
      expect(task.status).toBe('SUCCESS');
    });

    it('says nothing of lengths that are not known', async () => {
      const plays = await lists.history({ user_id: ben });
      expect(plays.length).toBeGreaterThan(10);
      expect(plays.every((play) => play.ms_played === null && play.named_by === 'provider')).toBe(true);
      const found = await lists.top({ user_id: ben, by: 'time' });
      expect(found.every((entry) => entry.ms_played === null && entry.time_coverage === 0)).toBe(true);
      const [first] = plays;
      const day = (first?.played_at ?? '').slice(0, 10);
      expect(await lists.trends({ user_id: ben, from: day, to: day })).toMatchObject([
        { hours: null, time_coverage: 0 },
      ]);
    });

    it('keeps lengths of an import apart from plays without one, and joins artists by name', async () => {
      const plays = await lists.history({ user_id: ben });
      const play = plays.find(({ artists }) => artists.length === 1);
      const [artist] = play?.artists ?? [];
      const artistsBefore = await lists.top({ user_id: ben, kind: 'artists' });
      const before = artistsBefore.find(({ id }) => id === artist?.id);
      const row = {
        ...rows[0],
        ts: '2020-01-01T00:00:00Z',
        spotify_track_uri: `spotify:track:${'z'.repeat(22)}`,
        master_metadata_album_artist_name: artist?.name.toUpperCase(),
      };
      await harness.imported(ben, json([row]), FILE);
      const after = (await lists.top({ user_id: ben, kind: 'artists' })).find(({ id }) => id === artist?.id);
      expect(after).toMatchObject({
        name: artist?.name,
        named_by: 'provider',
        plays: (before?.plays ?? 0) + 1,
        ms_played: row.ms_played,
        time_coverage: 1 / ((before?.plays ?? 0) + 1),
      });
      const byTime = await lists.top({ user_id: ben, kind: 'artists', by: 'time' });
      expect(byTime[0]?.id).toBe(artist?.id);
      expect(byTime.slice(1).every(({ ms_played }) => ms_played === null)).toBe(true);
    });

    it('averages features of one source, over plays, and counts moods of the same', async () => {
      const user_id = newId();
      await harness.imported(user_id, json(rows.slice(0, 200)), FILE);
      const known = new Map(
        [...new Set(rows.map(trackOf))]
          .filter((_, index) => index % 3 > 0)
          .map((id, index) => [id, FEATURES.map((_, at) => ((index * 37 + at * 11) % 100) / 100)] as const),
      );
      for (const [id, values] of known) {
        for (const [source, factor] of [
          ['simulator', 1],
          ['reccobeats', 0.1],
        ] as const) {
          await harness
            .orm()
            .em.fork()
            .execute(
              `insert into audio_features (track_id, source, ${FEATURES.join()}, fetched_at) values (?, ?, ?, ?, ?, ?, ?, now())`,
              [id, source, ...values.map((value) => value * factor)],
            );
        }
      }
      const [found] = (await lists.trends({ user_id, bucket: 'month' })).filter(
        ({ from }) => from === '2026-03-01',
      );
      const played = rows.slice(0, 200).filter(({ ts }) => ts.startsWith('2026-03'));
      const featured = played.flatMap((row) => known.get(trackOf(row)) ?? []);
      const values = played.map((row) => known.get(trackOf(row))).filter((one) => one !== undefined);
      expect(featured.length).toBeGreaterThan(0);
      expect(found?.audio_features).toMatchObject({
        source: 'simulator',
        coverage: values.length / played.length,
        avg_tempo: null,
      });
      FEATURES.forEach((name, at) => {
        const mean = sum(values.map((one) => one[at] ?? 0)) / values.length;
        expect(found?.audio_features[`avg_${name}`]).toBeCloseTo(mean, 12);
      });
      const moods = (await lists.history({ user_id, from: '2026-03-01', to: '2026-03-31' })).map(
        ({ mood }) => mood,
      );
      const counted = Object.fromEntries(
        grouped(moods, (mood) => mood).map(([mood, of]) => [mood, of.length]),
      );
      expect(found?.moods).toEqual({ happy: 0, calm: 0, energetic: 0, sad: 0, unknown: 0, ...counted });
      expect(Object.keys(counted).length).toBeGreaterThan(2);
    });
  });
});
