import type { TopEntry } from '@undertone/contracts/listening/top';
import { ianaTimeZones } from '@undertone/contracts/test-kit/time-zone-names';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayOf } from '../src/history/calendar.js';
import { FILE, grouped, json, Lists, type Row, rows, sum, trackOf, wallDay } from './half-a-year.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';

const BUCKETS = ['day', 'week', 'month'] as const;

function bucketOf(day: string, bucket: (typeof BUCKETS)[number]): string {
  if (bucket === 'month') return `${day.slice(0, 7)}-01`;
  if (bucket === 'day') return day;
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}

describe('what a person’s plays add up to', () => {
  let harness: ImportHarness;
  const ada = newId();
  const lists = new Lists(() => harness, ada);
  beforeAll(async () => {
    harness = await startImportHarness();
    const { kept } = await harness.imported(ada, json(rows), FILE);
    expect(kept).toBe(new Set(rows.map((row) => `${row.ts} ${trackOf(row)} ${row.ms_played}`)).size);
    expect(kept).toBe(rows.length);
  });
  afterAll(() => harness.stop());

  describe('in trends', () => {
    const zones = ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns'];
    it.each(zones.flatMap((zone) => BUCKETS.map((bucket) => [bucket, zone] as const)))(
      'is counted by %s in %s, as another program counts it',
      async (bucket, zone) => {
        const found = await lists.trends({ time_zone: zone, bucket, limit: 13 });
        const expected = grouped(rows, ({ ts }) => bucketOf(wallDay(ts, zone), bucket)).map(([from, of]) => [
          from,
          of.length,
          new Set(of.map(trackOf)).size,
          sum(of.map(({ ms_played }) => ms_played)),
        ]);
        const played = found.filter(({ plays }) => plays > 0).reverse();
        expect(
          played.map(({ from, plays, tracks, hours }) => [
            from,
            plays,
            tracks,
            Math.round((hours ?? 0) * 3_600_000),
          ]),
        ).toEqual(expected);
        expect(played.every(({ time_coverage }) => time_coverage === 1)).toBe(true);
        expect(found[0]?.from).toBe(bucketOf('2026-08-01', bucket));
        expect(found.at(-1)?.plays).toBeGreaterThan(0);
      },
    );

    it('has the days that Postgres would cut, in every zone that is taken and that it knows', async () => {
      const moments = Array.from({ length: 24 }, (_, n) => new Date(Date.UTC(2026, 0, 1 + n * 15.3)));
      const days = await harness
        .orm()
        .em.fork()
        .execute<{ name: string; days: string[] }[]>(
          `select name, array_agg((moment at time zone name)::date::text order by moment) as days
           from pg_timezone_names cross join unnest(?::timestamptz[]) as moment
          where name = any(?) group by name`,
          [`{${moments.map((moment) => moment.toISOString())}}`, `{${ianaTimeZones}}`],
        );
      expect(days.length).toBeGreaterThan(400);
      for (const { name, days: postgres } of days) {
        expect([name, moments.map((moment) => dayOf(moment, name))]).toEqual([name, postgres]);
      }
    });

    it('shows a day without plays, with nothing made up', async () => {
      const [day, ...others] = await lists.trends({ from: '2026-01-01', to: '2026-01-01' });
      expect(others).toEqual([]);
      expect(day).toMatchObject({
        from: '2026-01-01',
        to: '2026-01-01',
        plays: 0,
        tracks: 0,
        hours: 0,
        time_coverage: null,
        moods: { happy: 0, calm: 0, energetic: 0, sad: 0, unknown: 0 },
        audio_features: { avg_valence: null, coverage: null },
      });
    });

    it('ends today when no end is asked for', async () => {
      const [today] = await lists.trends({
        to: undefined,
        limit: 1,
        from: wallDay(new Date().toISOString(), 'UTC'),
      });
      expect(today?.from).toBe(wallDay(new Date().toISOString(), 'UTC'));
    });
  });

  describe('in tops', () => {
    const keys = {
      tracks: (row: Row) => row.master_metadata_track_name,
      artists: (row: Row) => row.master_metadata_album_artist_name,
      albums: (row: Row) =>
        `${row.master_metadata_album_album_name} ${row.master_metadata_album_artist_name}`,
    };
    const cases = (['tracks', 'artists', 'albums'] as const).flatMap((kind) =>
      (['count', 'time'] as const).map((by) => [kind, by] as const),
    );
    it.each(cases)('is %s by %s, as another program counts it', async (kind, by) => {
      const period = { from: '2026-03-05', to: '2026-06-20', time_zone: 'Europe/Berlin' };
      const found = await lists.top({ kind, by, limit: 9, ...period });
      const within = rows.filter(({ ts }) => {
        const day = wallDay(ts, period.time_zone);
        return day >= period.from && day <= period.to;
      });
      const expected = grouped(within, keys[kind]).map(
        ([name, of]) => [name, of.length, sum(of.map(({ ms_played }) => ms_played))] as const,
      );
      const named = found.map(
        (entry) =>
          [
            kind === 'albums' ? `${entry.name} ${entry.artists[0]?.name}` : entry.name,
            entry.plays,
            entry.ms_played,
          ] as const,
      );
      expect(named.toSorted(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))).toEqual(expected);
      const value = ({ plays, ms_played }: TopEntry) => (by === 'count' ? plays : (ms_played ?? -1));
      const values = found.map(value);
      expect(values).toEqual(values.toSorted((a, b) => b - a));
      expect(found.map(({ rank }) => rank)).toEqual(values.map((one) => values.indexOf(one) + 1));
      const ties = found.filter((entry, index) => index > 0 && value(entry) === values[index - 1]);
      for (const entry of ties) expect(entry.id > (found[found.indexOf(entry) - 1]?.id ?? '')).toBe(true);
    });

    it('is counted anew as soon as an import is done', async () => {
      const user_id = newId();
      for (const [index, row] of rows.slice(0, 4).entries()) {
        await harness.imported(user_id, json([row]), FILE);
        expect(sum((await lists.top({ user_id })).map(({ plays }) => plays))).toBe(index + 1);
        expect(sum((await lists.trends({ user_id, bucket: 'month' })).map(({ plays }) => plays))).toBe(
          index + 1,
        );
      }
    });
  });
});
