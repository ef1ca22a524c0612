import { createHash } from 'node:crypto';

/** What went through a stream: its size in bytes and its SHA-256. */
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
