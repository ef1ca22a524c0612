import { describe, expect, it } from 'vitest';
import { features } from '../../test/track-features.js';
import { moodV1 } from './mood-v1.js';

const track = (valence: number | null, energy: number | null, instrumentalness: number | null) =>
  features({ valence, energy, instrumentalness });
const under = (value: number) => value - 1e-9;

describe('mood-v1', () => {
  it('says which version it is', () => {
    expect(moodV1.version).toBe('mood-v1');
  });

  it.each([
    // valence, energy, instrumentalness
    ['calm', 0.2, 0.2, 0.9],
    ['calm from instrumentalness .7 on', 0.2, 0.2, 0.7],
    ['calm just under energy .5', 0.2, under(0.5), 0.7],
    ['calm before happy', 0.9, 0.45, 0.8],
    ['happy', 0.8, 0.8, 0],
    ['happy from valence .6 and energy .4 on', 0.6, 0.4, 0],
    ['happy where a quiet track just misses calm', 0.6, 0.4, under(0.7)],
    ['happy where an instrumental is not quiet', 0.6, 0.5, 1],
    ['happy before energetic', 0.6, 1, 0],
    ['energetic', 0.1, 0.9, 0],
    ['energetic from energy .7 on', 0.1, 0.7, 0],
    ['energetic just under valence .6', under(0.6), 0.7, 0],
    ['energetic for a loud instrumental', 0.1, 0.9, 1],
    ['sad', 0.2, 0.3, 0],
    ['sad just under energy .7', 0.1, under(0.7), 0],
    ['sad where a glad track is under energy .4', 1, under(0.4), 0],
    ['sad where a quiet track just misses calm', 0.2, 0.2, under(0.7)],
    ['sad for an instrumental at energy .5', 0.2, 0.5, 1],
    ['sad of nothing but zeros', 0, 0, 0],
  ] as const)('%s', (says, valence, energy, instrumentalness) => {
    expect(moodV1.moodOf(track(valence, energy, instrumentalness))).toBe(says.split(' ')[0]);
  });

  it.each([
    ['no valence', track(null, 0.9, 0.9)],
    ['no energy', track(0.9, null, 0.9)],
    ['no instrumentalness', track(0.9, 0.9, null)],
    ['none of the three', track(null, null, null)],
  ])('unknown with %s', (_, known) => {
    expect(moodV1.moodOf(known)).toBe('unknown');
  });
});
