import { tooLarge } from '../export-files/export-error.js';
import type { ExportFile } from '../export-files/export-file.js';
import type { HistoryStream } from '../export-files/history-row.js';
import { historyRows } from '../export-files/history-rows.js';
import type { ExportPlay } from '../plays/export-plays.js';
import type { KnownPlays } from '../plays/known-plays.js';
import type { ImportLimits } from '../settings.js';
import type { ImportTally } from './import-tally.js';
import type { Candidate, PlaySelection } from './play-selection.js';

export interface Selecting {
  readonly files: readonly ExportFile[];
  readonly selection: PlaySelection;
  readonly tally: ImportTally;
  readonly limits: ImportLimits;
  readonly signal: AbortSignal;
  /** What earlier imports kept of these. */
  known(streams: readonly HistoryStream[]): Promise<KnownPlays>;
  /** How much was read, from 0 to 1. */
  progress(share: number): void;
}

const BATCH = 500;

/** Reads the files, account data last because it knows least, counts every row and gives the plays to keep, in batches. */
export async function* selectPlays(selecting: Selecting): AsyncGenerator<ExportPlay[]> {
  const { files, tally, limits, signal } = selecting;
  const history = files
    .map((file, index) => ({ file, index }))
    .filter(({ file }) => isHistory(file))
    .sort((a, b) => Number(isAccountData(a.file)) - Number(isAccountData(b.file)));
  const total = history.reduce((sum, { file }) => sum + file.size, 0);
  let read = 0;
  for (const { file, index } of history) {
    let batch: Candidate[] = [];
    for await (const { row, content } of historyRows(counted(file))) {
      if (tally.rows + batch.length >= limits.IMPORT_MAX_ROWS) {
        throw tooLarge(`the export has more than ${limits.IMPORT_MAX_ROWS} rows; "${file.name}" is over`);
      }
      if (content.is === 'stream') batch.push(selecting.selection.candidate(content));
      else if (content.is === 'unreadable') tally.countUnreadable(index, row, content.reason);
      else tally.count(index, content.is);
      if (batch.length >= BATCH) {
        yield await decided(selecting, index, batch);
        batch = [];
      }
    }
    yield await decided(selecting, index, batch);
  }

  function counted(file: ExportFile): ExportFile {
    return {
      ...file,
      async *read() {
        for await (const chunk of file.read()) {
          signal.throwIfAborted();
          read += chunk.length;
          selecting.progress(total === 0 ? 1 : Math.min(read / total, 1));
          yield chunk;
        }
      },
    };
  }
}

const isAccountData = ({ kind }: ExportFile): boolean => kind === 'account_data';
const isHistory = ({ kind }: ExportFile): boolean => kind !== 'not_history';

async function decided(
  { selection, tally, known }: Selecting,
  file: number,
  batch: readonly Candidate[],
): Promise<ExportPlay[]> {
  const there = await known(batch.map(({ stream }) => stream));
  const plays: ExportPlay[] = [];
  for (const candidate of batch) {
    const { id, trackId, stream } = candidate;
    const { verdict, replaces } = selection.decide(candidate, there);
    tally.count(file, verdict, stream.endedAt);
    if (verdict !== 'kept') continue;
    if (replaces) tally.countReplaced();
    plays.push({
      id,
      track_id: trackId,
      played_at: stream.endedAt.toISOString(),
      ms_played: stream.msPlayed,
      track: stream.track,
      artist: stream.artist,
      album: stream.album,
      ...(stream.wholeMinute && { whole_minute: true }),
    });
  }
  return plays;
}
