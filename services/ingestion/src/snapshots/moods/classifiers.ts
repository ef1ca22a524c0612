import type { MoodClassifier } from './mood-classifier.js';
import { moodV0 } from './mood-v0.js';
import { moodV1 } from './mood-v1.js';

/** Every version there is, by the name that `MOOD_CLASSIFIER` chooses one by. */
export const classifiers = {
  'mood-v0': moodV0,
  'mood-v1': moodV1,
} as const satisfies Record<string, MoodClassifier>;

export type ClassifierVersion = keyof typeof classifiers;
export const classifierVersions = Object.keys(classifiers) as ClassifierVersion[];
