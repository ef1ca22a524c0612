import type { ImportReport, SkippedRows, SkipReason } from '@undertone/contracts/listening/import';
import type { ExportFile } from '../export-files/export-file.js';
import { LISTEN_RULE } from '../streams/listen-rule.js';
import type { PlacedSkip } from './skipped-rows.js';

export type Verdict = 'kept' | SkipReason;

const MAX_UNREADABLE = 100;

type FileTally = ImportReport['files'][number];

/** Counts what becomes of each row: once, in exactly one place. */
export class ImportTally {
  private readonly files: FileTally[];
  private readonly skipped: SkippedRows = {};
  private readonly unreadable: ImportReport['unreadable'] = [];
  private readonly played = new Extent();
  private readonly told = new Extent();
  private keptRows = 0;
  private allRows = 0;
  private replacedPlays = 0;

  /** @param onSkipped is told of each row that is not kept. */
  constructor(
    files: readonly ExportFile[],
    private readonly onSkipped: (skipped: PlacedSkip) => void = () => {},
  ) {
    this.files = files.map(({ name, kind, fault }) => ({
      name,
      kind,
      rows: 0,
      kept: 0,
      ...(fault !== undefined && { fault }),
    }));
  }

  get rows(): number {
    return this.allRows;
  }

  get kept(): number {
    return this.keptRows;
  }

  /** @param file its place in the list of files. */
  count(file: number, row: number, verdict: Verdict, endedAt?: Date, detail?: string): void {
    const tally = this.files[file];
    if (!tally) throw new RangeError(`there is no file ${file}`);
    this.allRows += 1;
    tally.rows += 1;
    if (endedAt) this.told.include(endedAt);
    if (verdict !== 'kept') {
      this.skipped[verdict] = (this.skipped[verdict] ?? 0) + 1;
      this.onSkipped({ file, row, reason: verdict, detail });
      return;
    }
    this.keptRows += 1;
    tally.kept += 1;
    if (endedAt) this.played.include(endedAt);
  }

  /** An earlier play, which said less, for which a row of this import stands from now on. */
  countReplaced(): void {
    this.replacedPlays += 1;
  }

  countUnreadable(file: number, row: number, reason: string): void {
    this.count(file, row, 'unreadable', undefined, reason);
    if (this.unreadable.length < MAX_UNREADABLE) {
      this.unreadable.push({ file: this.files[file]?.name ?? '', row, reason });
    }
  }

  report(about: { import_id: string; user_id: string; imported_at: string }): ImportReport {
    const { from, to } = this.told;
    return {
      import_id: about.import_id,
      user_id: about.user_id,
      rows: this.allRows,
      kept: this.keptRows,
      skipped: { ...this.skipped },
      ...(this.replacedPlays > 0 && { replaced: this.replacedPlays }),
      files: this.files.map((file) => ({ ...file })),
      unreadable: [...this.unreadable],
      first_played_at: this.played.from,
      last_played_at: this.played.to,
      ...(from !== null && to !== null && { covers: { from, to } }),
      listen_rule: LISTEN_RULE,
      imported_at: about.imported_at,
    };
  }
}

/** The first and the last of some moments. */
class Extent {
  private first: number | undefined;
  private last: number | undefined;

  include(moment: Date): void {
    const time = moment.getTime();
    this.first = Math.min(this.first ?? time, time);
    this.last = Math.max(this.last ?? time, time);
  }

  get from(): string | null {
    return this.first === undefined ? null : new Date(this.first).toISOString();
  }

  get to(): string | null {
    return this.last === undefined ? null : new Date(this.last).toISOString();
  }
}
