import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { pipeline, type Readable } from 'node:stream';
import { pipeline as pipelined } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { type SkipReason, skipReason } from '@undertone/contracts/listening/import';
import { z } from 'zod';
import type { VanishingFile } from '../export-files/vanishing-file.js';

/** A row that was not kept, one a line of an import's object; a storage format. The file is its place in the report's list. */
const line = z.tuple([z.int().min(0), z.int().min(1), skipReason]).rest(z.string());

/** A row that was not kept, by its place in the report's list of files. */
export interface PlacedSkip {
  readonly file: number;
  readonly row: number;
  readonly reason: SkipReason;
  /** Of an unreadable one: what is wrong. */
  readonly detail?: string | undefined;
}

/** Writes down the rows of an import that are not kept, while they are decided on. */
export class SkippedRowsWriter implements AsyncDisposable {
  private readonly gzip = createGzip();
  private readonly written: Promise<void>;
  private lines: string[] = [];
  private total = 0;

  constructor(file: VanishingFile) {
    this.written = pipelined(this.gzip, file.write());
    // It is looked at in the end, which an import that fails does not reach.
    this.written.catch(() => undefined);
  }

  get count(): number {
    return this.total;
  }

  add({ file, row, reason, detail }: PlacedSkip): void {
    this.total += 1;
    const words = detail === undefined ? [file, row, reason] : [file, row, reason, detail];
    this.lines.push(`${JSON.stringify(words)}\n`);
  }

  /** To be called now and then: until it is, lines stay in memory. */
  async flush(): Promise<void> {
    if (this.lines.length === 0) return;
    const text = this.lines.join('');
    this.lines = [];
    if (!this.gzip.write(text)) await once(this.gzip, 'drain');
  }

  async end(): Promise<void> {
    await this.flush();
    this.gzip.end();
    await this.written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gzip.destroy();
    await this.written.catch(() => undefined);
  }
}

const inOrder = (a: PlacedSkip, b: PlacedSkip): number => a.file - b.file || a.row - b.row;

/**
 * The first so many rows behind a place, in the order of files and rows; the object has them in the order in which they were
 * decided. @throws when it is damaged.
 */
export async function skippedRowsAfter(
  object: Readable,
  after: Pick<PlacedSkip, 'file' | 'row'> | undefined,
  reason: SkipReason | undefined,
  limit: number,
): Promise<PlacedSkip[]> {
  let failure: unknown;
  const text = pipeline(object, createGunzip(), (error) => {
    failure = error;
  });
  let found: PlacedSkip[] = [];
  for await (const told of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    const [file, row, why, detail] = line.parse(JSON.parse(told));
    const isBehind = !after || file > after.file || (file === after.file && row > after.row);
    if (!isBehind || (reason !== undefined && why !== reason)) continue;
    found.push({ file, row, reason: why, detail });
    if (found.length >= 8 * limit) found = found.sort(inOrder).slice(0, limit);
  }
  // The lines end quietly when the stream fails.
  if (failure) throw failure;
  return found.sort(inOrder).slice(0, limit);
}
