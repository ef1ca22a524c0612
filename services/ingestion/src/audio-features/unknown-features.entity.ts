import { defineEntity, p } from '@mikro-orm/core';
import type { FeatureSource } from '@undertone/contracts/listening/snapshot';

/** A track of which a provider said that it does not know it, and when: it is asked again days later. */
export const UnknownFeatures = defineEntity({
  name: 'UnknownFeatures',
  tableName: 'unknown_features',
  properties: {
    trackId: p.string().primary(),
    source: p.string().$type<FeatureSource>().primary(),
    askedAt: p.datetime(),
  },
});
