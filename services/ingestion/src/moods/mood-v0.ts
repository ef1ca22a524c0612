import type { MoodClassifier } from './mood-classifier.js';

/**
 * The quadrants of valence and energy, both halved. Source: J. A. Russell, "A circumplex model of affect", 1980, whose
 * pleasure and arousal valence and energy are commonly taken for. Kept for snapshots that were computed with it.
 */
export const moodV0: MoodClassifier = {
  version: 'mood-v0',
  moodOf({ valence, energy }) {
    if (valence === null || energy === null) return 'unknown';
    if (valence >= 0.5) return energy >= 0.5 ? 'happy' : 'calm';
    return energy >= 0.5 ? 'energetic' : 'sad';
  },
  regions: [
    ['happy', { valence: [0.5, 1], energy: [0.5, 1] }],
    ['calm', { valence: [0.5, 1], energy: [0, 0.5] }],
    ['energetic', { valence: [0, 0.5], energy: [0.5, 1] }],
    ['sad', { valence: [0, 0.5], energy: [0, 0.5] }],
  ],
};
