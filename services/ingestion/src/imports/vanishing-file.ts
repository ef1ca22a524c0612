import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/**
 * A temporary file without a name: it is unlinked as soon as it is open, so the operating system takes it back even
 * when the process is killed. For this process alone to read and write.
 */
export class VanishingFile implements AsyncDisposable {
  private constructor(private readonly handle: FileHandle) {}

  static async open(): Promise<VanishingFile> {
    const path = join(tmpdir(), `undertone-import-${randomUUID()}`);
    const handle = await open(path, 'wx+', 0o600);
    try {
      await unlink(path);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new VanishingFile(handle);
  }

  get fd(): number {
    return this.handle.fd;
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  /** Writes from the first byte on. */
  write(): Writable {
    return createWriteStream('', { fd: this.fd, start: 0, autoClose: false });
  }

  /** Reads all of it; several readers do not disturb each other. */
  read(): Readable {
    return createReadStream('', { fd: this.fd, start: 0, autoClose: false });
  }

  /** Up to so many of the first bytes. */
  async head(bytes: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close();
  }
}
