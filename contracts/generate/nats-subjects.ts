/** Whether any subject is one of both filters. */
export function overlap(one: string, other: string): boolean {
  const a = one.split('.');
  const b = other.split('.');
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (x === undefined || y === undefined) return false;
    if (x === '>' || y === '>') return true;
    if (x !== y && x !== '*' && y !== '*') return false;
  }
  return true;
}

/** A channel address with each `{parameter}` as one token's wildcard. */
export const filterOf = (address: string): string => address.replaceAll(/\{\w+\}/g, '*');
