import { expect, it } from 'vitest';
import { factsOf } from './facts.js';
import { notesOf } from './notes.js';
import { snapshotOf } from './snapshots.arbitrary.js';

const emptyWeek = { from: '2026-11-09', to: '2026-11-15' };
const facts = factsOf(snapshotOf({ happy: 9 }), { emptyWeek, nameless: 'No artist is named here.' });

it('an empty week is said under what a model wrote, and within what a template did', () => {
  expect(notesOf(facts, 'a-model')).toEqual([
    'No artist is named here.',
    'No plays are known from 9 November 2026 to 15 November 2026; this is about the snapshot.',
  ]);
  expect(notesOf(facts, 'template')).toEqual(['No artist is named here.']);
  expect(notesOf(factsOf(snapshotOf({ happy: 9 })), 'a-model')).toEqual([]);
});
