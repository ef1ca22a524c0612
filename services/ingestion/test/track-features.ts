import { featureNames } from '@undertone/contracts/listening/snapshot';
import type { TrackFeatures } from '../src/audio-features/track-features.js';

const nothing = Object.fromEntries(featureNames.map((name) => [name, null])) as TrackFeatures;

/** Features of which nothing is known but this. */
export const features = (known: Partial<TrackFeatures> = {}): TrackFeatures => ({ ...nothing, ...known });
