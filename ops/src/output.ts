import { Option } from 'commander';

/** Prints rows under a heading, each column as wide as it needs to be. */
export function table(
  heading: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): void {
  const cells = [heading, ...rows.map((row) => row.map((cell) => (cell === null ? '–' : String(cell))))];
  const widths = heading.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  for (const row of cells) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

/** Prints an answer whole, for eyes and for `jq`. */
export const json = (answer: unknown): void => console.log(JSON.stringify(answer, null, 2));

/** For commands that print a table. */
export const jsonOption = (): Option => new Option('--json', 'print the answer as JSON, for scripts');

/** What `--help` shows below the options. */
export const example = (line: string, note?: string): string =>
  `\nExample:\n  pnpm ${line}${note ? `\n\n${note}` : ''}`;

export const count = (number: number): string => number.toLocaleString('en-US');
export const dollars = (usd: number | null): string =>
  usd === null ? 'no price known' : `$${usd.toFixed(4)}`;

/** `90` becomes `1 min 30 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
