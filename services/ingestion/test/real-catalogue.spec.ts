import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { featureNames } from '@undertone/contracts/listening/snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ListeningSnapshot } from '../src/shown-snapshots/listening-snapshot.entity.js';
import { type Harness, startHarness } from './harness.js';

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const real = {
  says: 'of 375 real tracks',
  features: pathOf('../../../../shared/data/tracks-reccobeats-features.csv'),
  info: pathOf('../../../../shared/data/tracks-info.csv'),
  tracks: 375,
  known: 219,
};
const fixture = {
  says: 'of the simulator’s own fixture, because the real tracks are not on this machine',
  features: pathOf('../../../simulators/test/fixtures/catalogue-features.csv'),
  info: pathOf('../../../simulators/test/fixtures/catalogue-info.csv'),
  tracks: 4,
  known: 2,
};
const source = existsSync(real.features) && existsSync(real.info) ? real : fixture;

// What follows computes the snapshot's numbers a second time, from the rows of the file and from nothing else.
type Row = Record<string, string>;
const rows: Row[] = parse(readFileSync(source.features, 'utf8'), { columns: true });
const hasFeatures = (row: Row) => row.valence !== 'NA';
const known = rows.filter(hasFeatures);

/** B. P. Welford's running mean and sum of squared distances (Technometrics 4, 1962). */
function welford(values: readonly number[]): { mean: number; deviation: number } {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (const value of values) {
    count += 1;
    const distance = value - mean;
    mean += distance / count;
    squares += distance * (value - mean);
  }
  return { mean, deviation: Math.sqrt(squares / (count - 1)) };
}

function moodOfRow(row: Row): string {
  if (!hasFeatures(row)) return 'unknown';
  const quiet = Number(row.energy) < 0.5;
  const vocal = Number(row.instrumentalness) < 0.7;
  if (quiet && !vocal) return 'calm';
  const glad = Number(row.valence) >= 0.6 && Number(row.energy) >= 0.4;
  if (glad) return 'happy';
  return Number(row.energy) < 0.7 ? 'sad' : 'energetic';
}

/** Equal to 1e-9, or withheld where fewer tracks are known than that takes. */
function expectTold(stored: number | null | undefined, computed: number, minimum: number): void {
  if (known.length < minimum) expect(stored ?? null).toBeNull();
  else expect(Math.abs((stored ?? Number.NaN) - computed)).toBeLessThan(1e-9);
}

const countOf = (mood: string) => rows.filter((row) => moodOfRow(row) === mood).length;

/** Bits of surprise in the mood of a track whose mood is known, as a share of the two bits that four moods can have. */
function diversity(): number {
  const shares = ['happy', 'calm', 'energetic', 'sad'].map((mood) => countOf(mood) / known.length);
  return shares.reduce((bits, share) => (share === 0 ? bits : bits - share * Math.log2(share)), 0) / 2;
}

describe(`a snapshot ${source.says}`, () => {
  let harness: Harness;
  let stored: Awaited<ReturnType<typeof read>>;
  const userId = newId();
  const read = () => harness.orm().em.fork().findOneOrFail(ListeningSnapshot, { userId });

  beforeAll(async () => {
    harness = await startHarness({ catalogueFiles: source, top: 'all' });
    const { task } = await harness.ingest(userId, 'medium_term');
    expect(task.status).toBe('SUCCESS');
    stored = await read();
  });
  afterAll(() => harness.stop());

  it('is computed from the same tracks as the file has rows', () => {
    expect(rows).toHaveLength(source.tracks);
    expect(known).toHaveLength(source.known);
    // A row without an id has an invented one, and no features; the others are the same by id.
    const ids = new Set(rows.map((row) => row.spotify_track_uri).filter((id) => id !== ''));
    const { tracks } = harness.simulator.catalogue;
    expect(tracks.filter(({ id }) => ids.has(id))).toHaveLength(ids.size);
    expect(tracks.filter(({ id }) => !ids.has(id)).every(({ features }) => features === undefined)).toBe(
      true,
    );
    expect(stored.totalTracksAnalyzed).toBe(source.tracks);
  });

  it.each(featureNames)('has the mean and the sample deviation of %s, to 1e-9', (name) => {
    const { mean, deviation } = welford(known.map((row) => Number(row[name])));
    expectTold(stored.audioFeatures[`avg_${name}`], mean, 5);
    expectTold(stored.audioFeatures[`std_${name}`], deviation, 10);
    expect(deviation).toBeGreaterThan(0);
  });

  it('has the coverage, and says where the numbers are from', () => {
    expect(stored.audioFeatures.coverage).toBe(known.length / rows.length);
    expect(stored.audioFeatures.source).toBe('simulator');
    expect(stored.source).toBe('simulator');
  });

  it('counts the moods', () => {
    const moods = Object.entries(stored.moodPatterns);
    expect(moods).toHaveLength(5);
    for (const [mood, { track_count, percentage }] of moods) {
      expect(track_count, mood).toBe(countOf(mood));
      expect(percentage, mood).toBeCloseTo((100 * countOf(mood)) / rows.length, 9);
    }
    expect(stored.moodPatterns.unknown.track_count).toBe(source.tracks - source.known);
  });

  it('has the diversity, to 1e-9', () => {
    expectTold(stored.moodDiversityScore, diversity(), 10);
  });

  it('is in the read model as it is in the log', async () => {
    const computed = (await harness.listening(userId)).at(-1)?.data;
    expect(computed).toMatchObject({
      audio_features: stored.audioFeatures,
      mood_patterns: stored.moodPatterns,
      mood_diversity_score: stored.moodDiversityScore,
    });
  });
});
