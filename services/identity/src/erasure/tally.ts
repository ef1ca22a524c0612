import type { RemovedStore } from '@undertone/contracts/personal-data/erasure';

/** What was removed until now, and what was removed since: one line a store. */
export function added(before: readonly RemovedStore[], since: readonly RemovedStore[]): RemovedStore[] {
  const lines = new Map<string, RemovedStore>();
  for (const { service, store, removed } of [...before, ...since]) {
    const key = `${service} ${store}`;
    lines.set(key, { service, store, removed: removed + (lines.get(key)?.removed ?? 0) });
  }
  return [...lines.values()].filter(({ removed }) => removed > 0);
}

export const totalOf = (removed: readonly RemovedStore[]): number =>
  removed.reduce((sum, line) => sum + line.removed, 0);
