import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ExportPiece } from '@undertone/contracts/personal-data/export-pages';
import { ZipFile } from 'yazl';
import { readme } from './readme.js';

/**
 * The files of an export as a zip, made while it is read: nothing of it is held but a piece. A file that is larger than 4 GiB, or an
 * archive that is, gets the format's larger form (Zip64) by itself.
 * @param pieces those of one file follow each other.
 * @returns a stream that fails as the pieces do; destroyed, it reads no more of them.
 */
export function archiveOf(pieces: AsyncIterable<ExportPiece>, asOf: Date): Readable {
  const zip = new ZipFile();
  // Its types promise less than it is.
  const archive = zip.outputStream as Readable;
  let current: Readable | undefined;
  zip.on('error', (error) => archive.destroy(error as Error));
  archive.once('close', () => current?.destroy());
  const fill = async () => {
    const names: string[] = [];
    for await (const { file, texts } of filesOf(pieces)) {
      if (archive.destroyed) return;
      if (names.includes(file)) throw new Error(`the pieces of ${file} do not follow each other`);
      names.push(file);
      current = Readable.from(texts, { objectMode: false });
      zip.addReadStream(current, file, { mtime: asOf });
      await finished(current);
    }
    zip.addBuffer(Buffer.from(readme(names, asOf)), 'README.txt', { mtime: asOf });
    zip.end();
  };
  fill().catch((error: unknown) => archive.destroy(error as Error));
  return archive;
}

/** The files, each with its texts: they have to be read before the next file is asked for. */
async function* filesOf(
  pieces: AsyncIterable<ExportPiece>,
): AsyncGenerator<{ file: string; texts: AsyncGenerator<string> }> {
  const iterator = pieces[Symbol.asyncIterator]();
  let step = await iterator.next();
  while (!step.done) {
    const { file } = step.value as ExportPiece;
    yield {
      file,
      texts: (async function* () {
        for (; !step.done && step.value.file === file; step = await iterator.next()) {
          if (step.value.text !== '') yield step.value.text;
        }
      })(),
    };
  }
}
