import { integer, normal, uniform } from '../../random.js';
import type { AudioFeatures } from './catalogue.js';

/** What the tracks of a genre sound like on average; single tracks spread around it. */
interface GenreSound {
  readonly energy: number;
  readonly valence: number;
  readonly danceability: number;
  readonly instrumental: number;
  readonly speech: number;
  readonly tempo: number;
}

/** The genres of the invented catalogue. */
export const GENRE_SOUNDS: Readonly<Record<string, GenreSound>> = {
  ambient: { energy: 0.16, valence: 0.2, danceability: 0.24, instrumental: 0.95, speech: 0.04, tempo: 92 },
  'chamber piano': {
    energy: 0.22,
    valence: 0.3,
    danceability: 0.33,
    instrumental: 0.9,
    speech: 0.04,
    tempo: 104,
  },
  folk: { energy: 0.38, valence: 0.44, danceability: 0.5, instrumental: 0.1, speech: 0.04, tempo: 112 },
  'indie rock': {
    energy: 0.68,
    valence: 0.48,
    danceability: 0.52,
    instrumental: 0.15,
    speech: 0.05,
    tempo: 128,
  },
  metal: { energy: 0.92, valence: 0.28, danceability: 0.38, instrumental: 0.3, speech: 0.09, tempo: 138 },
  soul: { energy: 0.5, valence: 0.62, danceability: 0.63, instrumental: 0.05, speech: 0.06, tempo: 106 },
  'synth pop': {
    energy: 0.7,
    valence: 0.64,
    danceability: 0.68,
    instrumental: 0.12,
    speech: 0.05,
    tempo: 120,
  },
  house: { energy: 0.8, valence: 0.58, danceability: 0.78, instrumental: 0.6, speech: 0.06, tempo: 124 },
  'hip hop': { energy: 0.62, valence: 0.5, danceability: 0.74, instrumental: 0.04, speech: 0.24, tempo: 100 },
  'sad songwriter': {
    energy: 0.3,
    valence: 0.2,
    danceability: 0.42,
    instrumental: 0.06,
    speech: 0.05,
    tempo: 98,
  },
};

function within(low: number, high: number, value: number): number {
  return Math.min(high, Math.max(low, value));
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/**
 * Invents a track's features with the correlations that real ones show: loudness follows energy, acousticness runs
 * against it, valence leans on danceability, and instrumentalness is near 0 or near 1.
 */
export function inventFeatures(genre: string, seed: string): AudioFeatures {
  const sound = GENRE_SOUNDS[genre] ?? {
    energy: 0.5,
    valence: 0.5,
    danceability: 0.5,
    instrumental: 0.2,
    speech: 0.06,
    tempo: 115,
  };
  const spread = (what: string, deviation: number) => normal(seed, what) * deviation;
  const energy = within(0.02, 0.99, sound.energy + spread('energy', 0.12));
  const danceability = within(0.08, 0.97, sound.danceability + spread('danceability', 0.1));
  const lean = 0.4 * (danceability - sound.danceability) + 0.2 * (energy - sound.energy);
  const isInstrumental = uniform(seed, 'instrumental') < sound.instrumental;
  const tail = uniform(seed, 'instrumental tail') ** 3;
  return {
    energy: rounded(energy, 3),
    danceability: rounded(danceability, 3),
    valence: rounded(within(0.03, 0.98, sound.valence + lean + spread('valence', 0.15)), 3),
    acousticness: rounded(within(0.0001, 0.995, 1.02 - 1.1 * energy + spread('acousticness', 0.14)), 4),
    instrumentalness: rounded(isInstrumental ? 0.95 - 0.35 * tail : 0.25 * tail, 5),
    speechiness: rounded(within(0.023, 0.6, sound.speech + Math.abs(spread('speechiness', 0.03))), 4),
    liveness: rounded(within(0.03, 0.97, 0.1 + Math.abs(spread('liveness', 0.1))), 4),
    loudness: rounded(within(-38, -1.5, -19 + 15 * energy + spread('loudness', 1.6)), 3),
    tempo: rounded(within(58, 210, sound.tempo + spread('tempo', 18)), 3),
    key: integer(0, 11, seed, 'key'),
    mode: uniform(seed, 'mode') < 0.45 + 0.35 * sound.valence ? 1 : 0,
  };
}
