import { buffer } from 'node:stream/consumers';
import { inventedRows } from '@undertone/simulators/spotify/invented-export';
import { ZipFile } from 'yazl';

const ROWS_A_FILE = 16_000;

/** An extended streaming history of an invented person, as the zip that Spotify sends; every row is a play to keep. */
export async function inventedExport(rows: number): Promise<{ archive: Buffer; jsonBytes: number }> {
  const zip = new ZipFile();
  let jsonBytes = 0;
  for (let from = 0, file = 0; from < rows; from += ROWS_A_FILE, file += 1) {
    const count = Math.min(ROWS_A_FILE, rows - from);
    const text = JSON.stringify(inventedRows(count, from));
    jsonBytes += Buffer.byteLength(text);
    zip.addBuffer(
      Buffer.from(text),
      `Spotify Extended Streaming History/Streaming_History_Audio_2019_${file}.json`,
    );
  }
  zip.end();
  return { archive: await buffer(zip.outputStream), jsonBytes };
}
