import { expect, it } from 'vitest';
import { added, totalOf } from './tally.js';

const line = (service: 'insight' | 'token', store: string, removed: number) => ({ service, store, removed });

it('has one line a store, of each service, and none of nothing', () => {
  const before = [line('insight', 'table a', 2), line('token', 'table a', 1)];
  const since = [line('insight', 'table a', 3), line('insight', 'table b', 0), line('token', 'table c', 4)];
  const all = added(before, since);
  expect(all).toEqual([
    line('insight', 'table a', 5),
    line('token', 'table a', 1),
    line('token', 'table c', 4),
  ]);
  expect(totalOf(all)).toBe(10);
});
