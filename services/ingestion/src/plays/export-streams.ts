import { createInterface } from 'node:readline';
import { pipeline, Readable } from 'node:stream';
import { pipeline as pipelined } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { MAX_MS_PLAYED } from '../export-files/history-row.js';
import type { VanishingFile } from '../export-files/vanishing-file.js';

/** A stream of an export as the object of its import has it, one a line; a storage format, read again in rebuilds. */
const exportStream = z.object({
  /** See `tellingId`; earlier releases derived it from end, track and length alone. */
  id: z.uuid(),
  track_id: z.string().min(1),
  /** When it ended. */
  played_at: z.iso.datetime(),
  ms_played: z.int().min(0).max(MAX_MS_PLAYED),
  /** Null: the export has the id alone. */
  track: z.string().nullable(),
  artist: z.string().nullable(),
  album: z.string().nullable(),
  /** Of account data: `played_at` has no seconds. */
  whole_minute: z.literal(true).optional(),
  /** The export says that the track was not over. Earlier releases do not say, and left out what was short and broken off. */
  broken_off: z.literal(true).optional(),
});
export type ExportStream = z.output<typeof exportStream>;

/** Writes batches of streams as gzipped JSON lines. The same streams give the same bytes. */
export async function writeStreams(
  batches: AsyncIterable<readonly ExportStream[]>,
  file: VanishingFile,
  signal: AbortSignal,
): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    for await (const batch of batches) {
      if (batch.length > 0) yield batch.map((stream) => `${JSON.stringify(stream)}\n`).join('');
    }
  }
  await pipelined(Readable.from(lines()), createGzip(), file.write(), { signal });
}

/** Reads such an object in batches. @throws when it is damaged. */
export async function* readStreams(object: Readable, batchSize: number): AsyncGenerator<ExportStream[]> {
  let failure: unknown;
  const text = pipeline(object, createGunzip(), (error) => {
    failure = error;
  });
  let batch: ExportStream[] = [];
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    batch.push(exportStream.parse(JSON.parse(line)));
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  // The lines end quietly when the stream fails.
  if (failure) throw failure;
  if (batch.length > 0) yield batch;
}
