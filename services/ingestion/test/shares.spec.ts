import { chooseListenThreshold, takeBackImport } from '@undertone/contracts/jobs/renew-plays';
import type { ListenThreshold } from '@undertone/contracts/listening/listen-threshold';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import { inventedRow } from '@undertone/simulators/spotify/invented-export';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrackCatalogue } from '../src/tracks/track-catalogue.js';
import { verify } from '../src/verify-snapshots.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';

const HALF: ListenThreshold = { min_seconds: null, min_share: 0.5 };
const TRACK = String(inventedRow(0).spotify_track_uri).slice(-22);
/** Streams of one track, at other times. */
const streamed = (n: number, ms_played: number, change: Record<string, unknown> = {}) => ({
  ...inventedRow(0, { ms_played, ...change }),
  ts: `2019-03-0${n + 1}T10:00:00Z`,
});
const brokenOff = { reason_end: 'fwdbtn' };

/** What a person does, in whatever order. */
const DEEDS = {
  'short streams': [streamed(0, 70_000, brokenOff), streamed(1, 95_000, brokenOff)],
  'a whole one': [streamed(2, 180_000)],
  'a longer one without an id': [streamed(3, 200_000, { spotify_track_uri: null })],
  'what Spotify tells': null,
  'a threshold': HALF,
} as const;
type Deed = keyof typeof DEEDS;
const deeds = Object.keys(DEEDS) as Deed[];

describe('a threshold by a share of the track', () => {
  let harness: ImportHarness;
  beforeAll(async () => {
    harness = await startImportHarness({ AUDIO_FEATURES: 'none' });
  });
  afterAll(() => harness.stop());

  const lengths = async (userId: string) => (await harness.play(userId)).map(({ ms_played }) => ms_played);

  async function done(jobId: string): Promise<void> {
    expect((await harness.ended(jobId)).task).toMatchObject({ status: 'SUCCESS' });
  }
  const asPerson = { lane: 'interactive', source: 'test' } as const;
  const choose = async (userId: string, threshold: ListenThreshold) =>
    done(
      await requestJob(harness.store, chooseListenThreshold, {
        payload: { user_id: userId, threshold },
        ...asPerson,
      }),
    );
  const imported = async (userId: string, rows: readonly unknown[]) => {
    const bytes = Buffer.from(JSON.stringify(rows));
    return harness.imported(userId, bytes, 'Streaming_History_Audio_2019_0.json');
  };
  async function deed(userId: string, name: Deed): Promise<void> {
    if (name === 'a threshold') await choose(userId, HALF);
    else if (name === 'what Spotify tells') {
      // An odd length, so that it is seen which one decides.
      await harness.fetched(userId, [
        { track_id: TRACK, played_at: '2019-03-08T10:00:00.000Z', track_ms: 150_000 },
      ]);
    } else await imported(userId, DEEDS[name]);
  }

  it('goes by what the person was told, in any order, and after a rebuild', async () => {
    const people: { userId: string; told: readonly Deed[] }[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(
          deeds.filter((name) => name !== 'what Spotify tells'),
          { minLength: 4 },
        ),
        fc.nat({ max: 5 }),
        async (order, place) => {
          const userId = newId();
          const told: Deed[] = [...order];
          if (place <= 4) told.splice(place, 0, 'what Spotify tells');
          for (const name of told) await deed(userId, name);
          people.push({ userId, told });
        },
      ),
      {
        numRuns: sizeOf('SHARE_RUNS', { usual: 2, soak: 30 }),
        endOnFailure: true,
        examples: [[deeds.filter((name) => name !== 'what Spotify tells'), 5]],
      },
    );
    const check = async () => {
      for (const { userId, told } of people) {
        // Half of 200 seconds, as the longest stream has them, or of the 150 that Spotify tells.
        const expected = told.includes('what Spotify tells')
          ? [95_000, 180_000, 200_000, null]
          : [180_000, 200_000];
        expect([told, await lengths(userId)]).toEqual([told, expected]);
        const verified = await verify(harness.environment, userId, (line) => expect(line).toBe(''));
        expect(verified.differences).toBe(0);
      }
    };
    await check();
    await harness.rebuildPlays();
    await check();
  }, 120_000);

  it('does not follow what others were told of the track', async () => {
    const [ada, ben] = [newId(), newId()];
    await choose(ada, HALF);
    await imported(ada, [streamed(0, 100_000, brokenOff), streamed(1, 180_000)]);
    await imported(ben, [streamed(0, 600_000)]);
    await harness.fetched(ben, [
      { track_id: TRACK, played_at: '2019-03-08T10:00:00.000Z', track_ms: 600_000 },
    ]);
    const track = { id: TRACK, name: 'Lantern', artists: [{ id: 'moss', name: 'Moss Choir' }] };
    await harness.service
      .get<TrackCatalogue>(TrackCatalogue)
      .keep([{ ...track, duration_ms: 600_000 }], new Date());
    await choose(ada, HALF);
    expect(await lengths(ada)).toEqual([100_000, 180_000]);
  });

  it('follows a length that is taken back', async () => {
    const userId = newId();
    await choose(userId, HALF);
    expect(await imported(userId, [streamed(0, 95_000, brokenOff), streamed(1, 180_000)])).toMatchObject({
      kept: 2,
    });
    const { import_id, kept } = await imported(userId, [
      streamed(2, 300_000),
      streamed(3, 140_000, brokenOff),
    ]);
    expect(kept).toBe(1);
    expect(await lengths(userId)).toEqual([180_000, 300_000]);
    const payload = { user_id: userId, import_id };
    await done(await requestJob(harness.store, takeBackImport, { payload, ...asPerson }));
    expect(await lengths(userId)).toEqual([95_000, 180_000]);
  });
});
