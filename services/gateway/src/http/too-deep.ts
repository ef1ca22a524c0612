/** More than any field of a request has; what walks through a value does so by recursion. */
const DEEPEST = 64;

/** Whether a value of JSON has more levels of lists and objects than this server walks through. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= DEEPEST; depth += 1) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}
