import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { newId } from '@undertone/platform/ids/ids';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AudioFeatures } from '../src/audio-features/audio-features.entity.js';
import { ListeningSnapshot } from '../src/shown-snapshots/listening-snapshot.entity.js';
import { type Harness, startHarness } from './harness.js';

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const real = {
  features: pathOf('../../../../shared/data/tracks-reccobeats-features.csv'),
  info: pathOf('../../../../shared/data/tracks-info.csv'),
};
const fixture = {
  features: pathOf('../../../simulators/test/fixtures/catalogue-features.csv'),
  info: pathOf('../../../simulators/test/fixtures/catalogue-info.csv'),
};
const source = existsSync(real.features) && existsSync(real.info) ? real : fixture;
const rows: Record<string, string>[] = parse(readFileSync(source.features, 'utf8'), { columns: true });
const known = rows.filter(({ valence }) => valence !== 'NA');

describe('a snapshot with audio features from a file', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness(
      { catalogueFiles: source, top: 'all' },
      { AUDIO_FEATURES: 'csv', AUDIO_FEATURES_CSV: source.features },
    );
  });
  afterAll(() => harness.stop());

  it('counts the tracks of the file, says whose numbers they are, and asks nobody', async () => {
    const userId = newId();
    expect((await harness.ingest(userId, 'medium_term')).task.status).toBe('SUCCESS');
    const { audioFeatures } = await harness.orm().em.fork().findOneOrFail(ListeningSnapshot, { userId });
    expect(audioFeatures.source).toBe('csv');
    expect(audioFeatures.coverage).toBe(known.length / rows.length);
    expect(Object.keys(harness.simulator.calls.summary().routes).join()).not.toContain('audio-features');
  });

  it('keeps what it used of the file, apart from what others say', async () => {
    const kept = await harness.orm().em.fork().findAll(AudioFeatures);
    const inFile = new Map(known.map((row) => [row.spotify_track_uri, Number(row.energy)]));
    expect(new Map(kept.map(({ trackId, energy }) => [trackId, energy]))).toEqual(inFile);
    expect(new Set(kept.map(({ source: of }) => of))).toEqual(new Set(['csv']));
  });
});
