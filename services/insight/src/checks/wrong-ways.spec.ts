import { expect, it } from 'vitest';
import { factsOf } from '../facts/facts.js';
import { snapshotOf } from '../facts/snapshots.arbitrary.js';
import { wrongAbsences, wrongWays } from './wrong-ways.js';

const of = (avg_energy: number, happy: number) =>
  snapshotOf({ happy, calm: 50 - happy }, { features: { avg_energy } });
const facts = factsOf(of(0.7, 25), { earlier: [of(0.38, 10)] });

it.each([
  'Energy rose from 0.38 to 0.70.',
  'The share of happy music went from 20% to 50%.',
  'The calm share fell from 80% to 50%.',
  'The calm share rose while energy went from 0.70 to 0.69.',
  'On a scale from 0 to 1, energy fell to nothing.',
  'From low energy to high energy: 0.38 to 0.70.',
  'Loudness rose from −12.0 dB to −7.0 dB.',
  // Of numbers that are none of the facts' no way is known.
  'Energy went from 0.69 to 0.38.',
  'What fell asleep is the cat; energy rose from 0.38 to 0.70.',
])('a change that went that way passes: %s', (text) => expect(wrongWays(text, facts)).toEqual([]));

it.each([
  ['The share of happy music fell from 20% to 50%.', 'from 20% to 50'],
  ['Energy rose from 0.70 to 0.38.', 'from 0.70 to 0.38'],
  ['Energy went from 0.70 to 0.38.', 'from 0.70 to 0.38'],
  ['Happy went from 50% to 20% in all.', 'from 50% to 20'],
  ['Plays rose from 1,200 to 900.', 'from 1,200 to 900'],
  ['Happy rose from 3 tracks to 1.', 'from 3 tracks to 1'],
])('and one that did not is found: %s', (text, said) => expect(wrongWays(text, facts)).toEqual([said]));

it('a mood is absent only where nothing has it', () => {
  expect(wrongAbsences('There were no happy tracks at all.', facts)).toEqual(['no happy tracks']);
  expect(wrongAbsences('Not a single calm song turned up.', facts)).toEqual(['Not a single calm song']);
  expect(wrongAbsences('There were no sad tracks at all.', facts)).toEqual([]);
  expect(wrongAbsences('There are no happy songs like these.', facts)).toEqual([]);
});
