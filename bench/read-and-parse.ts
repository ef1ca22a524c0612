import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type Entry, fromBuffer, type Options, type ZipFile } from 'yauzl';

const open = promisify<Buffer, Options, ZipFile>(fromBuffer);

/** The least that any import has to do: expand each file of an archive and parse it as JSON. @returns the rows. */
export async function readAndParse(archive: Buffer): Promise<number> {
  const zip = await open(archive, { lazyEntries: true });
  const openEntry = promisify<Entry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip));
  return new Promise((resolve, reject) => {
    let rows = 0;
    zip.on('error', reject);
    zip.on('end', () => resolve(rows));
    zip.on('entry', (entry: Entry) => {
      openEntry(entry)
        .then(text)
        .then((json) => {
          rows += (JSON.parse(json) as unknown[]).length;
          zip.readEntry();
        })
        .catch(reject);
    });
    zip.readEntry();
  });
}
