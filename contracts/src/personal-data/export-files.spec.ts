import { expect, it } from 'vitest';
import { exportFiles } from './export-files.js';
import { type Store, subjects, tables } from './stores.js';

const named = (stores: readonly Store[], extension: string): string[] =>
  stores.flatMap(({ exported }) => ('as' in exported ? [`${exported.as}.${extension}`] : []));

it('every table and subject that a person takes along is described', () => {
  const rows = Object.values(tables).flatMap((of) => Object.values<Store>(of));
  const files = [...named(rows, 'json'), ...named(Object.values(subjects), 'jsonl')];
  expect(files.filter((file) => !(file in exportFiles))).toEqual([]);
  expect(new Set(files).size).toBe(files.length);
});
