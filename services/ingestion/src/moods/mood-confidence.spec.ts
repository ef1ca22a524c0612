import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { features } from '../../test/track-features.js';
import { expectedNumbers } from '../verify/expected-numbers.js';
import { classifiers } from './classifiers.js';
import { moodConfidence } from './mood-confidence.js';

const { 'mood-v0': moodV0, 'mood-v1': moodV1 } = classifiers;
const of = (valence: number, energy: number, instrumentalness = 0, classifier = moodV1) =>
  moodConfidence(classifier, features({ valence, energy, instrumentalness }));

describe('the confidence of a mood', () => {
  it.each([
    ['happy on the edge', 0.6, 0.8, 0, 0],
    ['happy half way in', 0.65, 0.8, 0, 0.5],
    ['happy well inside', 0.9, 0.9, 0, 1],
    ['happy just over energy .4', 0.8, 0.42, 0, 0.2],
    ['a happy instrumental that is nearly quiet', 0.8, 0.53, 0.9, 0.3],
    ['energetic just over energy .7', 0.2, 0.73, 0, 0.3],
    ['energetic that is nearly happy', 0.58, 0.9, 0, 0.2],
    ['calm that is nearly sung', 0.2, 0.2, 0.72, 0.2],
    ['calm well inside, however bright', 0.55, 0.2, 0.9, 1],
    ['sad and dark', 0.2, 0.3, 0, 1],
    ['sad that is nearly bright', 0.46, 0.3, 0, 0.4],
    ['sad that is no more than left over', 0.55, 0.6, 0, 0],
    ['sad for want of energy alone', 0.9, 0.2, 0, 0],
    ['sad that is nearly calm', 0.1, 0.2, 0.66, 0.4],
  ])('%s', (_, valence, energy, instrumentalness, confidence) =>
    expect(of(valence, energy, instrumentalness)).toBeCloseTo(confidence, 9),
  );

  it('is none where there is no mood', () => {
    expect(moodConfidence(moodV1, features({ valence: 0.5, energy: 0.5 }))).toBeUndefined();
  });

  it('of the quadrants is the distance to the nearer half', () => {
    expect(of(0.53, 0.9, 0, moodV0)).toBeCloseTo(0.3, 9);
    expect(of(0.2, 0.45, 0, moodV0)).toBeCloseTo(0.5, 9);
  });

  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const point = fc.record({ valence: share, energy: share, instrumentalness: share });

  it.each([moodV0, moodV1])('of $version is right: nothing nearer has another mood', (classifier) => {
    fc.assert(
      fc.property(point, fc.tuple(share, share, share), (at, moves) => {
        const reach = 0.1 * (moodConfidence(classifier, features(at)) ?? 0);
        const [valence, energy, instrumentalness] = (['valence', 'energy', 'instrumentalness'] as const).map(
          (name, axis) => Math.min(1, Math.max(0, at[name] + (2 * (moves[axis] ?? 0) - 1) * reach * 0.999)),
        ) as [number, number, number];
        expect(classifier.moodOf(features({ valence, energy, instrumentalness }))).toBe(
          classifier.moodOf(features(at)),
        );
      }),
    );
  });

  it.each([moodV0, moodV1])('of $version is what the second formula says, too', (classifier) => {
    fc.assert(
      fc.property(point, (at) => {
        const mood = classifier.moodOf(features(at));
        const expected = expectedNumbers([{ times: 3, features: features(at) }], classifier.version, true);
        expect(moodConfidence(classifier, features(at))).toBeCloseTo(
          expected.get(`mood_patterns.${mood}.confidence`) ?? Number.NaN,
          9,
        );
      }),
    );
  });
});
