import { describe, expect, it } from 'vitest';
import { factsOf } from '../facts/facts.js';
import { snapshotOf } from '../facts/snapshots.arbitrary.js';
import { unknownShares } from './shares-in-words.js';
import { unknownNumbers } from './unknown-numbers.js';

// 50%, 25%, 20%, 5%.
const facts = factsOf(snapshotOf({ happy: 20, calm: 10, energetic: 8, sad: 2 }));

describe('shares in words', () => {
  it('are no counts: "one in five tracks" names no five tracks', () => {
    expect(unknownNumbers('One in five tracks sounded energetic.', facts)).toEqual([]);
    expect(unknownShares('One in five tracks sounded energetic.', facts)).toEqual([]);
    expect(unknownNumbers('Just five tracks sounded energetic.', facts)).toEqual(['five tracks']);
  });

  it.each([
    'Half of the tracks sounded happy, a quarter of them calm, one fifth of all energetic.',
    'One in two sounded happy, one out of five energetic, one in four calm.',
    'Half awake, with a half-smile and a second thought; at the third attempt.',
    'Once or twice a chorus came by. Double bass, triple time.',
  ])('are true: %s', (text) => expect(unknownShares(text, facts)).toEqual([]));

  it.each([
    ['a third of your music', 'a third of your'],
    ['Two thirds of the tracks', 'Two thirds of the'],
    ['three quarters of all', 'three quarters of all'],
    ['nine out of ten', 'nine out of ten'],
    ['one in three', 'one in three'],
    ['two in five', 'two in five'],
    ['twice as many', 'twice as'],
    ['Happy doubled.', 'doubled'],
    ['ten times louder', 'ten times'],
    ['a threefold rise', 'threefold'],
  ])('are invented: %s', (text, said) => expect(unknownShares(text, facts)).toEqual([said]));
});
