import type { StoredTelling } from '../plays/stored-telling.js';
import { type IsListen, type Stream, streamsOf } from '../streams/streams.js';
import type { ImportTally, Verdict } from './import-tally.js';
import type { MusicRows, RowTelling } from './music-rows.js';

/** A row of the import, or what was told before. */
export type ToldBefore = StoredTelling | RowTelling;

export interface Deciding {
  readonly music: MusicRows;
  readonly tally: ImportTally;
  readonly signal: AbortSignal;
  /** See `Reading`. */
  flush(): Promise<void>;
  /** The neighbourhoods of some rows, with what was told of the same streams before. */
  around(rows: readonly RowTelling[]): Promise<readonly (readonly ToldBefore[])[]>;
  readonly isListen: IsListen<ToldBefore>;
}

const isRow = (telling: ToldBefore): telling is RowTelling => 'row' in telling;

/** Counts what becomes of each row of music. What the read model will keep is decided by the same rule. */
export async function decideRows({ music, tally, signal, flush, around, isListen }: Deciding): Promise<void> {
  for (const rows of music.chunks()) {
    signal.throwIfAborted();
    for (const told of await around(rows)) {
      for (const stream of streamsOf(told, isListen)) count(stream, tally);
    }
    await flush();
  }
}

function count({ told, play }: Stream<ToldBefore>, tally: ImportTally): void {
  const rows = told.filter(isRow);
  if (rows.length === 0) return;
  const [first] = rows;
  for (const row of rows) {
    tally.count(row.file, row.row, verdictOn(row, play, row === first), new Date(row.at));
  }
  if (play === null || !isRow(play)) return;
  for (const before of told) if (!isRow(before) && before.isPlay) tally.countReplaced();
}

function verdictOn(row: RowTelling, play: ToldBefore | null, isFirst: boolean): Verdict {
  if (play === row) return 'kept';
  if (play === null) return 'too_short_and_skipped';
  return isFirst && !isRow(play) ? 'duplicate_of_history' : 'duplicate_in_import';
}
