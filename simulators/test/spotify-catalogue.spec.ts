import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { AudioFeatures, Catalogue } from '../src/spotify/catalogue/catalogue.js';
import { csvCatalogue } from '../src/spotify/catalogue/csv-catalogue.js';
import { generatedCatalogue } from '../src/spotify/catalogue/generated-catalogue.js';
import { startSpotifySimulator } from '../src/spotify/server.js';
import { jsonAs, topPage } from './spotify-client.js';

const at = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const TINY = { features: at('fixtures/catalogue-features.csv'), info: at('fixtures/catalogue-info.csv') };
const REAL = {
  features: at('../../../shared/data/tracks-reccobeats-features.csv'),
  info: at('../../../shared/data/tracks-info.csv'),
};

const withoutFeatures = ({ tracks }: Catalogue) =>
  tracks.filter(({ features }) => features === undefined).length;

function correlation(catalogue: Catalogue, first: keyof AudioFeatures, second: keyof AudioFeatures): number {
  const pairs = catalogue.tracks.flatMap(({ features }) =>
    features ? [[features[first], features[second]] as const] : [],
  );
  const mean = (side: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[side], 0) / pairs.length;
  const [a, b] = [mean(0), mean(1)];
  const sum = (of: (x: number, y: number) => number) =>
    pairs.reduce((total, [x, y]) => total + of(x - a, y - b), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_x, y) => y * y));
}

async function pageThrough(files: typeof TINY): Promise<string[]> {
  const simulator = await startSpotifySimulator({ catalogueFiles: files, top: 'all' });
  const ids: string[] = [];
  let next: string | null = `${simulator.url}/v1/me/top/tracks?limit=50&time_range=medium_term`;
  while (next !== null) {
    const page: Awaited<ReturnType<typeof jsonAs<typeof topPage>>> = await jsonAs('ada', next, topPage);
    expect(page.total).toBe(simulator.catalogue.tracks.length);
    ids.push(...page.items.map(({ id }) => id));
    next = page.next;
  }
  const known = simulator.catalogue.tracks.map(({ id }) => id);
  await simulator.close();
  expect([...ids].sort()).toEqual([...known].sort());
  return ids;
}

describe('the invented catalogue', () => {
  const catalogue = generatedCatalogue();

  it('is the same each time, with Spotify-shaped ids that differ', () => {
    expect(generatedCatalogue()).toEqual(catalogue);
    expect(catalogue.tracks.length).toBe(480);
    expect(catalogue.trackById.size).toBe(480);
    for (const { id } of catalogue.tracks) expect(id).toMatch(/^[0-9A-Za-z]{22}$/);
    expect(new Set(catalogue.artists.map(({ name }) => name)).size).toBe(60);
  });

  it('is known to ReccoBeats for about 58 %', () => {
    const share =
      catalogue.tracks.filter(({ inReccoBeats }) => inReccoBeats).length / catalogue.tracks.length;
    expect(share).toBeGreaterThan(0.53);
    expect(share).toBeLessThan(0.63);
  });

  it('has features in their ranges, correlated as real ones are', () => {
    for (const { features } of catalogue.tracks) {
      if (!features) throw new Error('an invented track lacks features');
      const { key, mode, loudness, tempo, ...shares } = features;
      for (const share of Object.values(shares)) expect(share >= 0 && share <= 1).toBe(true);
      expect(key >= 0 && key <= 11 && (mode === 0 || mode === 1)).toBe(true);
      expect(loudness > -60 && loudness < 0 && tempo > 40 && tempo < 220).toBe(true);
    }
    expect(correlation(catalogue, 'energy', 'loudness')).toBeGreaterThan(0.6);
    expect(correlation(catalogue, 'energy', 'acousticness')).toBeLessThan(-0.5);
    expect(correlation(catalogue, 'danceability', 'valence')).toBeGreaterThan(0.3);
  });
});

describe('a catalogue from CSV', () => {
  it('reads quotes, guests and NA, and keeps a row without an id', async () => {
    const catalogue = await csvCatalogue(TINY.features, TINY.info);
    expect(catalogue.tracks.map(({ name }) => name)).toEqual([
      'Paper Lanterns',
      'Slow, Slow Weather',
      'Unsent Letters',
      'Hollow Radio',
    ]);
    expect(withoutFeatures(catalogue)).toBe(2);
    const [, second, , fourth] = catalogue.tracks;
    expect(second?.features).toEqual({
      danceability: 0.75,
      energy: 0.8,
      loudness: -5.25,
      speechiness: 0.05,
      acousticness: 0.1,
      instrumentalness: 0,
      liveness: 0.2,
      valence: 0.7,
      tempo: 124,
      key: 9,
      mode: 0,
    });
    expect(second?.artists.map(({ name }) => name)).toEqual(['Brimtide', 'Velkowick', 'Ondralune']);
    expect(second).toMatchObject({
      explicit: true,
      trackNumber: 2,
      durationMs: 180_500,
      album: { totalTracks: 3 },
    });
    expect(fourth?.id).toMatch(/^[0-9A-Za-z]{22}$/);
  });

  it('is listed whole with --top all', async () => {
    expect(await pageThrough(TINY)).toHaveLength(4);
  });

  it('says which file is missing', async () => {
    await expect(csvCatalogue('nowhere.csv', TINY.info)).rejects.toThrow('nowhere.csv');
  });
});

if (existsSync(REAL.features) && existsSync(REAL.info)) {
  describe('the catalogue of ../shared/data', () => {
    it('has 375 tracks, 156 of them without features', async () => {
      const catalogue = await csvCatalogue(REAL.features, REAL.info);
      expect(catalogue.tracks.length).toBe(375);
      expect(catalogue.trackById.size).toBe(375);
      expect(withoutFeatures(catalogue)).toBe(156);
    });

    it('is listed whole in eight pages of 50', async () => {
      expect(await pageThrough(REAL)).toHaveLength(375);
    });
  });
} else {
  describe('the catalogue of ../shared/data is absent here; only the fixture was read', () => {
    it('the fixture has the columns of the real files', async () => {
      expect((await csvCatalogue(TINY.features, TINY.info)).trackById.size).toBe(4);
    });
  });
}
