import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { featureNames } from '@undertone/contracts/listening/snapshot';
import { InvalidSettings } from '@undertone/platform/settings/load-settings';
import { CsvError, parse } from 'csv-parse';
import { z } from 'zod';
import type { FeaturesProvider } from '../audio-features/features-provider.js';
import type { TrackFeatures } from '../audio-features/track-features.js';

const ID_COLUMN = 'spotify_track_uri';
/** About 200 bytes of memory each. */
const MOST_TRACKS = 1_000_000;

const decimal = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** A number between two, `NA`, or nothing. */
const cell = (min: number, max: number) =>
  z.string().transform((text, context) => {
    const value = text.trim();
    if (value === 'NA' || value === '') return null;
    const number = decimal.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    context.addIssue(`is neither a number from ${min} to ${max} nor NA`);
    return z.NEVER;
  });

/** Units as Spotify has them: 0 to 1, tempo in BPM, loudness in dB. */
const row = z.object({
  [ID_COLUMN]: z
    .string()
    .trim()
    .transform((uri) => uri.replace(/^spotify:track:/, ''))
    .pipe(z.string().regex(/^([0-9A-Za-z]{22})?$/, 'is no Spotify track')),
  valence: cell(0, 1),
  energy: cell(0, 1),
  danceability: cell(0, 1),
  acousticness: cell(0, 1),
  instrumentalness: cell(0, 1),
  speechiness: cell(0, 1),
  liveness: cell(0, 1),
  tempo: cell(0, 1_000),
  loudness: cell(-200, 100),
});

/**
 * Audio features from a file: comma-separated, with a header that has `spotify_track_uri` (an id, or a URI) and the nine
 * measures; other columns are left alone. `NA` or nothing is a value that is not known, a row without any known value or
 * without a track is passed over. The file is read once, row by row, when the service starts.
 * @throws {InvalidSettings} naming the file's first fault, its row and its column.
 */
export async function csvFeatures(path: string): Promise<FeaturesProvider> {
  const tracks = await read(path);
  return {
    batchSize: 1_000,
    needsToken: false,
    async fetch(trackIds) {
      return new Map(
        trackIds.flatMap((id) => {
          const features = tracks.get(id);
          return features ? [[id, features] as const] : [];
        }),
      );
    },
  };
}

async function read(path: string): Promise<ReadonlyMap<string, TrackFeatures>> {
  const tracks = new Map<string, TrackFeatures>();
  let hasHeader = false;
  try {
    const columns = (header: string[]) => {
      hasHeader = true;
      return checked(header);
    };
    await pipeline(
      createReadStream(path),
      parse({ bom: true, columns, info: true, max_record_size: 64 * 1024 }),
      async (records: AsyncIterable<{ record: unknown; info: { lines: number } }>) => {
        for await (const { record, info } of records) keep(tracks, record, info.lines);
      },
    );
    if (!hasHeader) throw new Fault('there is no header');
  } catch (error) {
    throw new InvalidSettings('ingestion', [`AUDIO_FEATURES_CSV: ${path}: ${reasonOf(error)}`]);
  }
  return tracks;
}

function checked(header: string[]): string[] {
  const missing = Object.keys(row.shape).filter((name) => !header.includes(name));
  if (missing.length > 0) throw new Fault(`the header lacks ${missing.join(', ')}`);
  return header;
}

function keep(tracks: Map<string, TrackFeatures>, record: unknown, line: number): void {
  const parsed = row.safeParse(record);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Fault(`line ${line}: ${String(issue?.path[0])} ${issue?.message}`);
  }
  const { [ID_COLUMN]: id, ...features } = parsed.data;
  if (id === '' || featureNames.every((name) => features[name] === null)) return;
  const before = tracks.get(id);
  if (before && featureNames.some((name) => before[name] !== features[name])) {
    throw new Fault(`line ${line}: other values for ${id} than in a line before`);
  }
  tracks.set(id, features);
  if (tracks.size > MOST_TRACKS) throw new Fault(`it has more than ${MOST_TRACKS} tracks`);
}

class Fault extends Error {}

// A file's own text may be anything, so only what is known to be about its form is repeated.
function reasonOf(error: unknown): string {
  if (error instanceof Fault) return error.message;
  if (error instanceof CsvError) return `it is not the CSV it should be (${error.code})`;
  if (error instanceof Error && 'code' in error) return `it cannot be read (${String(error.code)})`;
  throw error;
}
