import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';

const CHUNK = 64 * 1024;

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

  // Not Node's own file streams: destroyed half-way, they close a descriptor that is not theirs.
  /** Writes from the first byte on. */
  write(): Writable {
    let position = 0;
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        const at = position;
        position += chunk.length;
        this.writeAll(chunk, at).then(() => done(), done);
      },
    });
  }

  /** Reads all of it; several readers do not disturb each other. */
  async *read(): AsyncGenerator<Buffer> {
    for (let position = 0; ; ) {
      const { buffer, bytesRead } = await this.handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  private async writeAll(chunk: Buffer, position: number): Promise<void> {
    for (let written = 0; written < chunk.length; ) {
      written += (await this.handle.write(chunk, written, chunk.length - written, position + written))
        .bytesWritten;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close();
  }
}
