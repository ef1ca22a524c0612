import { questions } from '@undertone/contracts/questions';
import { expect, it } from 'vitest';
import { pagedLists } from './forged-cursors.js';

it('cursors are forged for every list that gives some', () => {
  const paged = questions.filter(({ input }) => 'shape' in input && 'cursor' in (input.shape as object));
  expect(Object.keys(pagedLists).sort()).toEqual(paged.map(({ subject }) => subject).sort());
});
