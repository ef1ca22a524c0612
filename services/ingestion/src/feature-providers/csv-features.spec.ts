import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvFeatures } from './csv-features.js';

const HEADER =
  'track_name,spotify_track_uri,danceability,energy,loudness,speechiness,acousticness,instrumentalness,liveness,valence,tempo';
const VALUES = '0.5,0.25,-11.5,0.03,0.7,0.9,0.1,0.2,92.5';
const ID = '1aaaaaaaaaaaaaaaaaaaaa';
const OTHER = '1bbbbbbbbbbbbbbbbbbbbb';
const features = {
  danceability: 0.5,
  energy: 0.25,
  loudness: -11.5,
  speechiness: 0.03,
  acousticness: 0.7,
  instrumentalness: 0.9,
  liveness: 0.1,
  valence: 0.2,
  tempo: 92.5,
};
const access = { token: '', signal: new AbortController().signal };

describe('audio features in a file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'features-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function written(...lines: string[]): Promise<string> {
    const path = join(folder, 'features.csv');
    await writeFile(path, lines.join('\n'));
    return path;
  }
  const knownOf = async (...lines: string[]) =>
    (await csvFeatures(await written(HEADER, ...lines))).fetch([ID, OTHER], access);

  it('are found by track, whatever else stands in the file', async () => {
    const path = fileURLToPath(
      new URL('../../../../simulators/test/fixtures/catalogue-features.csv', import.meta.url),
    );
    const known = await (await csvFeatures(path)).fetch([ID, 'not-in-the-file'], access);
    expect([...known]).toEqual([[ID, features]]);
  });

  it('may be named by a URI, stand behind a byte order mark, and be quoted', async () => {
    const path = await written(`\uFEFF${HEADER}`, `"Slow, ""Slow"" Weather",spotify:track:${ID},${VALUES}`);
    expect([...(await (await csvFeatures(path)).fetch([ID], access))]).toEqual([[ID, features]]);
  });

  it('are unknown where the file says NA, one by one or all', async () => {
    const known = await knownOf(
      `a,${ID},${VALUES.replace('0.25', 'NA').replace('92.5', '')}`,
      `b,${OTHER},NA,NA,NA,NA,NA,NA,NA,NA,NA`,
    );
    expect([...known]).toEqual([[ID, { ...features, energy: null, tempo: null }]]);
  });

  it('may be there twice, and without a track', async () => {
    expect((await knownOf(`a,${ID},${VALUES}`, `a,${ID},${VALUES}`, `b,,${VALUES}`)).size).toBe(1);
  });

  it.each([
    ['a word', VALUES.replace('0.25', 'loud'), 'line 3: energy is neither a number from 0 to 1 nor NA'],
    ['a share over 1', VALUES.replace('0.9', '1.5'), 'line 3: instrumentalness is neither'],
    ['infinity', VALUES.replace('92.5', 'Infinity'), 'line 3: tempo is neither'],
    ['too few columns', '0.5,0.25', 'it is not the CSV it should be (CSV_RECORD_INCONSISTENT_COLUMNS)'],
    ['an open quote', `"${VALUES}`, 'it is not the CSV it should be (CSV_'],
  ])('with %s stop the start, and the row is named', async (_, values, reason) => {
    await expect(knownOf(`a,${ID},${VALUES}`, `b,${OTHER},${values}`)).rejects.toMatchObject({
      code: 'INVALID_SETTINGS',
      message: expect.stringContaining(reason),
    });
  });

  it.each([
    ['no track', [`a,https://example.org/x,${VALUES}`], 'line 2: spotify_track_uri is no Spotify track'],
    [
      'two values for a track',
      [`a,${ID},${VALUES}`, `b,${ID},${VALUES.replace('0.25', '0.3')}`],
      'line 3: other values',
    ],
  ])('with %s stop the start', async (_, lines, reason) => {
    await expect(knownOf(...lines)).rejects.toThrow(reason);
  });

  it.each([
    [
      'lacks a column',
      HEADER.replace(',valence', '').replace(',tempo', ''),
      'the header lacks valence, tempo',
    ],
    ['is empty', '', 'there is no header'],
  ])('whose header %s stop the start', async (_, header, reason) => {
    await expect(csvFeatures(await written(header))).rejects.toThrow(reason);
  });

  it('that are not there stop the start', async () => {
    await expect(csvFeatures(join(folder, 'nowhere.csv'))).rejects.toThrow(/nowhere\.csv: .*ENOENT/);
  });
});
