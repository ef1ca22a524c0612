import type { Provider } from '@nestjs/common';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import type { IngestionSettings } from '../settings.js';
import { classifiers } from './classifiers.js';
import type { MoodClassifier } from './mood-classifier.js';

/** Injection token of the classifier that the settings name. */
export const CLASSIFIER = Symbol('mood classifier');

export const configuredClassifier: Provider = {
  provide: CLASSIFIER,
  inject: [SETTINGS],
  useFactory: ({ MOOD_CLASSIFIER }: IngestionSettings): MoodClassifier => classifiers[MOOD_CLASSIFIER],
};
