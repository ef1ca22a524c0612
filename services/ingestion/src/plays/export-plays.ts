import { createInterface } from 'node:readline';
import { pipeline, Readable } from 'node:stream';
import { pipeline as pipelined } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { MAX_MS_PLAYED } from '../export-files/history-row.js';
import type { VanishingFile } from '../export-files/vanishing-file.js';

/** A play of an export as the object of its import has it, one a line; a storage format, read again in rebuilds. */
const exportPlay = z.object({
  /** See `playId`. */
  id: z.uuid(),
  track_id: z.string().min(1),
  /** When it ended. */
  played_at: z.iso.datetime(),
  ms_played: z.int().min(0).max(MAX_MS_PLAYED),
  track: z.string(),
  artist: z.string(),
  album: z.string().nullable(),
  /** Of account data: `played_at` has no seconds. */
  whole_minute: z.literal(true).optional(),
});
export type ExportPlay = z.output<typeof exportPlay>;

/** Writes batches of plays as gzipped JSON lines. The same plays give the same bytes. */
export async function writePlays(
  batches: AsyncIterable<readonly ExportPlay[]>,
  file: VanishingFile,
  signal: AbortSignal,
): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    for await (const batch of batches) {
      if (batch.length > 0) yield batch.map((play) => `${JSON.stringify(play)}\n`).join('');
    }
  }
  await pipelined(Readable.from(lines()), createGzip(), file.write(), { signal });
}

/** Reads such an object in batches. @throws when it is damaged. */
export async function* readPlays(object: Readable, batchSize: number): AsyncGenerator<ExportPlay[]> {
  let failure: unknown;
  const text = pipeline(object, createGunzip(), (error) => {
    failure = error;
  });
  let batch: ExportPlay[] = [];
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    batch.push(exportPlay.parse(JSON.parse(line)));
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  // The lines end quietly when the stream fails.
  if (failure) throw failure;
  if (batch.length > 0) yield batch;
}
