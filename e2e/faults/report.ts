import type { Chapter } from './ledger.js';

/** Lines of a list that are shown whole. */
const SHOWN = 40;

/** A row for each fault, beside what the quiet time of the same run took. */
export function tableOf(chapters: readonly Chapter[], quiet: Chapter): string {
  const beside = (value: string, usual: string) => `${value} (quiet ${usual})`;
  const ms = ({ longestRequest }: Chapter) => String(Math.round(longestRequest.ms));
  const seconds = ({ longestJob }: Chapter) => (longestJob.ms / 1_000).toFixed(1);
  const head = ['fault', 'accepted', 'ended', 'lost', 'doubled', 'longest request ms', 'longest job s'];
  const rows = chapters.map((chapter) => [
    chapter.fault,
    String(chapter.accepted.length),
    String(chapter.ended),
    String(chapter.lost.length),
    String(chapter.doubled.length),
    `${beside(ms(chapter), ms(quiet))} ${chapter.longestRequest.what}`,
    `${beside(seconds(chapter), seconds(quiet))} ${chapter.longestJob.what}`,
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join(' | ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('-|-'), ...rows.map(line)].join('\n');
}

/** What was lost and doubled, one a line. */
export function findingsOf(chapters: readonly Chapter[]): string[] {
  return chapters.flatMap(({ fault, lost, doubled }) => [
    ...lost.slice(0, SHOWN).map((what) => `${fault}: LOST ${what}`),
    ...doubled.slice(0, SHOWN).map((what) => `${fault}: DOUBLED ${what}`),
  ]);
}

/** Which job of each fault took longest, to be looked up in the logs. */
export const longestJobsOf = (chapters: readonly Chapter[]): string =>
  chapters.map(({ fault, longestJob }) => `${longestJob.jobId}  ${fault}`).join('\n');
