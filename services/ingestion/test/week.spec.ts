import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { JobFailed, JobSucceeded } from '@undertone/contracts/jobs/job';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';
import { fetchEverything } from './plain-fetcher.js';

/** Everything here grows with it alone. */
const PEOPLE = sizeOf('WEEK_PEOPLE', { usual: 20, soak: 100 });
const DAYS = 7;
const RANGES = ['short_term', 'medium_term', 'long_term'] as const;
const INGESTS = PEOPLE * DAYS * RANGES.length;
const SAMPLE = 5;

const START = new Date('2026-11-16T03:00:00Z');
const DAY_MS = 86_400_000;

let harness: Harness;
const ended = { succeeded: 0, failed: 0 };
beforeAll(async () => {
  harness = await startHarness({ now: START }, { BULK_SLOTS: '16' });
  harness.nats.subscribe('jobs.spotify.bulk.*.status', {
    callback: (_error, message) => {
      const type = message.headers?.get('ce-type') ?? '';
      if (type.startsWith(JobSucceeded.type)) ended.succeeded += 1;
      if (type.startsWith(JobFailed.type)) ended.failed += 1;
    },
  });
});
afterAll(() => harness.stop());

const spotifyCalls = () =>
  Object.entries(harness.simulator.calls.summary().routes)
    .filter(([route]) => route.startsWith('GET /v1/'))
    .map(([route, { calls }]) => ({ route, calls }));
const sum = (counted: { calls: number }[]) => counted.reduce((total, { calls }) => total + calls, 0);

/** One range of everybody, as a nightly run asks for it. */
async function ingestAll(people: readonly string[], range: TimeRange): Promise<void> {
  const before = ended.succeeded;
  await Promise.all(
    people.map((userId) =>
      requestJob(harness.store, ingestListeningData, {
        payload: { user_id: userId, time_range: range },
        lane: 'bulk',
        source: 'test',
      }),
    ),
  );
  await eventually(
    'everybody is done',
    () => ended.failed > 0 || ended.succeeded === before + people.length,
    300_000,
  );
  expect(ended.failed).toBe(0);
}

it(`a week of ${PEOPLE} people costs a tenth of the calls at most, and loses no play`, async () => {
  const people = Array.from({ length: PEOPLE }, newId);

  const { simulator } = harness;
  for (const userId of people.slice(0, SAMPLE)) {
    for (const range of RANGES) await fetchEverything(simulator.url, `sim-access-${userId}`, range);
  }
  const plain = sum(spotifyCalls()) / (SAMPLE * RANGES.length);
  simulator.calls.reset();

  const started = performance.now();
  for (let day = 0; day < DAYS; day += 1) {
    simulator.clock.set(new Date(START.getTime() + day * DAY_MS));
    for (const range of RANGES) await ingestAll(people, range);
  }
  const seconds = (performance.now() - started) / 1000;

  const made = sum(spotifyCalls());
  const everything = Math.round(plain * INGESTS);
  const lists = 3 * INGESTS;
  const fewer = (than: number) => 100 * (1 - made / than);
  console.log(
    [
      `${INGESTS} ingests of ${PEOPLE} people in ${DAYS} days: ${made} Spotify calls (${seconds.toFixed(1)} s)`,
      `fetching everything per request: ${everything} calls (${plain.toFixed(1)} an ingest, of ${SAMPLE * RANGES.length} that were really made): ${fewer(everything).toFixed(1)} % fewer`,
      `fetching both lists and the last plays per request: ${lists} calls: ${fewer(lists).toFixed(1)} % fewer`,
      ...spotifyCalls().map(({ route, calls }) => `  ${calls} ${route}`),
    ].join('\n'),
  );
  expect(fewer(everything)).toBeGreaterThanOrEqual(90);
  expect(fewer(lists)).toBeGreaterThanOrEqual(60);
  // What was needed, and no call more: plays daily, the month's lists daily, the other two ranges' once.
  expect(spotifyCalls()).toEqual([
    { route: 'GET /v1/me/player/recently-played', calls: PEOPLE * DAYS },
    { route: 'GET /v1/me/top/artists', calls: PEOPLE * (DAYS + 2) },
    { route: 'GET /v1/me/top/tracks', calls: PEOPLE * (DAYS + 2) },
  ]);

  const em = harness.orm().em.fork();
  const snapshots: { snapshot_date: string; time_range: string; count: number }[] = await em.execute(
    `select snapshot_date::text, time_range, count(*)::int as count from listening_snapshot
      where not superseded group by 1, 2`,
  );
  expect(snapshots).toHaveLength(DAYS * RANGES.length);
  expect(snapshots.every(({ count }) => count === PEOPLE)).toBe(true);

  const truth = people.flatMap((userId) => {
    const first = simulator.plays.recent(userId, START.getTime()).at(-1)?.playedAt ?? START.getTime();
    const plays = simulator.plays.between(userId, first - 1, simulator.clock.now());
    return plays.map(({ track, playedAt }) => `${userId} ${playedAt} ${track.id}`);
  });
  const stored = await eventually('every play is projected', async () => {
    const rows: { play: string }[] = await em.execute(
      `select user_id || ' ' || round(extract(epoch from played_at) * 1000)::text || ' ' || track_id as play from play`,
    );
    return rows.length >= truth.length && rows.map(({ play }) => play);
  });
  expect(stored.sort()).toEqual(truth.sort());
}, 900_000);
