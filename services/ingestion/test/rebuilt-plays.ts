/** A play as `play` has it, or a telling as `unused_telling` has it. */
export interface PlayRow {
  readonly id: string;
  readonly user_id: string;
  readonly played_at: Date | string;
  readonly track_id: string;
  readonly ms_played: number | null;
  readonly source: string;
  readonly named?: string | null;
}

/** A row whose status changed, in words. */
export interface ChangedRow {
  readonly row: PlayRow;
  readonly before: 'play' | 'none';
  readonly now: 'play' | 'none';
  readonly why: string;
}

const at = ({ played_at }: PlayRow): number => new Date(played_at).getTime();
const MINUTES = 90_000;

/**
 * What a rebuild changed in a person's plays, each row with its reason. Ids are those of the log, so the same telling has the same one.
 * @param before the plays of the tables of an earlier release.
 * @param now the plays, and the tellings that are none.
 */
export function changedRows(
  before: readonly PlayRow[],
  now: { readonly plays: readonly PlayRow[]; readonly unused: readonly PlayRow[] },
): ChangedRow[] {
  const [plays, unused, old] = [byId(now.plays), byId(now.unused), byId(before)];
  const gone = before
    .filter(({ id }) => !plays.has(id))
    .map((row): ChangedRow => ({ row, before: 'play', now: 'none', why: whyGone(row) }));
  const come = now.plays
    .filter(({ id }) => !old.has(id))
    .map((row): ChangedRow => ({ row, before: 'none', now: 'play', why: whyCome(row) }));
  return [...gone, ...come].sort((a, b) => at(a.row) - at(b.row));

  function whyGone(row: PlayRow): string {
    const told = unused.get(row.id);
    if (!told) return 'later than it was told';
    const same = now.plays.find((play) => isNear(play, told));
    if (same) return `the same stream as a play of ${same.track_id}, ${same.ms_played} ms, which says more`;
    return told.ms_played === 0 ? '0 ms are no listen' : 'broken off under 30 s';
  }
  function whyCome(row: PlayRow): string {
    const replaced = before.find((play) => !plays.has(play.id) && isNear(play, unused.get(play.id) ?? row));
    return replaced ? 'stands for a stream that another row stood for' : 'was left out of the imports before';
  }
}

const byId = (rows: readonly PlayRow[]) => new Map(rows.map((row) => [row.id, row]));

/** Whether two rows may tell of one stream: the same track by its id or its names, and times that touch. */
function isNear(one: PlayRow, other: PlayRow): boolean {
  const sameNames = one.named != null && one.named === other.named;
  if (one.track_id !== other.track_id && !sameNames) return false;
  const apart = Math.abs(at(one) - at(other));
  return apart <= MINUTES + Math.max(one.ms_played ?? 0, other.ms_played ?? 0);
}

/** The changes as a table of Markdown. */
export const asTable = (rows: readonly ChangedRow[]): string =>
  [
    '| ended | track | ms | source | before | now | why |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(({ row, before, now, why }) => {
      const ended = new Date(row.played_at).toISOString();
      return `| ${[ended, row.track_id, row.ms_played ?? 'not known', row.source, before, now, why].join(' | ')} |`;
    }),
  ].join('\n');
