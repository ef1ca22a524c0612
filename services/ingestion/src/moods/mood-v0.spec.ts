import { describe, expect, it } from 'vitest';
import { features } from '../../test/track-features.js';
import { moodV0 } from './mood-v0.js';

const under = (value: number) => value - 1e-9;

describe('mood-v0', () => {
  it.each([
    // valence, energy
    ['happy', 0.8, 0.8],
    ['happy from .5 and .5 on', 0.5, 0.5],
    ['calm', 0.8, 0.2],
    ['calm just under energy .5', 0.5, under(0.5)],
    ['energetic', 0.2, 0.8],
    ['energetic just under valence .5', under(0.5), 0.5],
    ['sad', 0.2, 0.2],
    ['sad just under both', under(0.5), under(0.5)],
  ] as const)('%s', (says, valence, energy) => {
    expect(moodV0.moodOf(features({ valence, energy }))).toBe(says.split(' ')[0]);
  });

  it.each([
    ['valence', features({ energy: 0.9, instrumentalness: 0.9 })],
    ['energy', features({ valence: 0.9, instrumentalness: 0.9 })],
  ])('unknown without %s', (_, known) => expect(moodV0.moodOf(known)).toBe('unknown'));
});
