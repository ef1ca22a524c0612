import { tooLarge } from '../export-files/export-error.js';
import type { ExportFile } from '../export-files/export-file.js';
import type { HistoryStream } from '../export-files/history-row.js';
import { historyRows } from '../export-files/history-rows.js';
import type { ExportStream } from '../plays/export-streams.js';
import type { ImportLimits } from '../settings.js';
import { isInTheFuture } from '../streams/future.js';
import { tellingId } from '../streams/telling.js';
import type { ImportTally } from './import-tally.js';
import { type MusicRows, wordsOf } from './music-rows.js';

export interface Reading {
  readonly userId: string;
  readonly files: readonly ExportFile[];
  readonly importedAt: Date;
  /** Is given the rows that are music; what becomes of them is decided when all are read. */
  readonly music: MusicRows;
  /** Counts all others. */
  readonly tally: ImportTally;
  readonly limits: ImportLimits;
  readonly signal: AbortSignal;
  /** Is called now and then, for what was counted to leave memory. */
  flush(): Promise<void>;
  /** How much was read, from 0 to 1. */
  progress(share: number): void;
}

const BATCH = 500;
/** Sixteen characters an id: what stays in memory of a row. */
const short = (id: string): string => Buffer.from(id.replaceAll('-', ''), 'hex').toString('latin1');

/** Reads the files, and gives their streams of music in batches, each once. */
export async function* readRows(reading: Reading): AsyncGenerator<ExportStream[]> {
  const { files, limits, music, tally, userId } = reading;
  const history = files.map((file, index) => ({ file, index })).filter(({ file }) => isHistory(file));
  const total = history.reduce((sum, { file }) => sum + file.size, 0);
  const seen = new Set<string>();
  let read = 0;
  let rows = 0;
  for (const { file, index } of history) {
    let batch: ExportStream[] = [];
    for await (const { row, content } of historyRows(counted(file))) {
      rows += 1;
      if (rows > limits.IMPORT_MAX_ROWS) {
        throw tooLarge(`the export has more than ${limits.IMPORT_MAX_ROWS} rows; "${file.name}" is over`);
      }
      if (content.is === 'unreadable') tally.countUnreadable(index, row, content.reason);
      else if (content.is !== 'stream') tally.count(index, row, content.is);
      else if (isInTheFuture(content.endedAt, reading.importedAt)) tally.count(index, row, 'in_the_future');
      else {
        const words = wordsOf(content);
        music.add(words, index, row);
        const id = tellingId(userId, words);
        const before = seen.size;
        if (seen.add(short(id)).size > before) batch.push(lineOf(id, words.track, content));
      }
      if (rows % BATCH === 0) await reading.flush();
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    yield batch;
  }

  function counted(file: ExportFile): ExportFile {
    return {
      ...file,
      async *read() {
        for await (const chunk of file.read()) {
          reading.signal.throwIfAborted();
          read += chunk.length;
          reading.progress(total === 0 ? 1 : Math.min(read / total, 1));
          yield chunk;
        }
      },
    };
  }
}

const isHistory = ({ kind, fault }: ExportFile): boolean => kind !== 'not_history' && fault === undefined;

const lineOf = (id: string, trackId: string, stream: HistoryStream): ExportStream => ({
  id,
  track_id: trackId,
  played_at: stream.endedAt.toISOString(),
  ms_played: stream.msPlayed,
  track: stream.track,
  artist: stream.artist,
  album: stream.album,
  ...(stream.wholeMinute && { whole_minute: true }),
  ...(stream.brokenOff && { broken_off: true }),
});
