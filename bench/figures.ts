/** The middle one; the upper of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** What one in a hundred is worse than. */
export const worst = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;

/** Prints figures under a title, one a line. */
export function printed(
  title: string,
  figures: readonly (readonly [name: string, value: number, unit: string])[],
): void {
  const width = Math.max(...figures.map(([name]) => name.length));
  const lines = figures.map(([name, value, unit]) => {
    const digits = value < 10 ? 3 : 0;
    return `  ${name.padEnd(width)}  ${value.toFixed(digits).padStart(9)} ${unit}`.trimEnd();
  });
  process.stdout.write(`\n${title}\n${lines.join('\n')}\n`);
}
