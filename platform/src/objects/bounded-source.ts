import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ObjectTooLarge } from './object-storage.js';

/** Counts and hashes bytes as they go by. */
export class Measured {
  private readonly hash = createHash('sha256');
  size = 0;

  add(chunk: Uint8Array): void {
    this.size += chunk.byteLength;
    this.hash.update(chunk);
  }

  /** In hex; afterwards nothing more can be added. */
  sha256(): string {
    return this.hash.digest('hex');
  }
}

/** What is put into storage: read as it is asked for, up to a limit, and measured. */
export class BoundedSource {
  readonly measured = new Measured();
  private failure: { error: unknown } | undefined;

  constructor(
    private readonly data: Readable,
    private readonly maxBytes: number,
  ) {
    // It may fail before it is read, and an error that nobody listens to ends the process.
    data.on('error', () => undefined);
  }

  /** @throws {ObjectTooLarge} */
  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.data as AsyncIterable<Uint8Array>) {
        this.measured.add(chunk);
        if (this.measured.size > this.maxBytes) throw new ObjectTooLarge(this.maxBytes);
        yield chunk;
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  /** Reads nothing more. Gives the source's own error where that is the cause of it all, else the other. */
  abandon(otherwise: unknown): unknown {
    this.data.destroy();
    return this.failure ? this.failure.error : otherwise;
  }
}
