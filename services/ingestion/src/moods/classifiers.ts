import type { IngestionSettings } from '../settings.js';
import type { MoodClassifier } from './mood-classifier.js';
import { moodV0 } from './mood-v0.js';
import { moodV1 } from './mood-v1.js';

/** Every version there is, by the name that `MOOD_CLASSIFIER` has for it. */
export const classifiers = {
  'mood-v0': moodV0,
  'mood-v1': moodV1,
} as const satisfies Record<IngestionSettings['MOOD_CLASSIFIER'], MoodClassifier>;
