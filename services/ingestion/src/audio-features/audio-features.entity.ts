import { defineEntity, p } from '@mikro-orm/core';
import type { FeatureSource } from '@undertone/contracts/listening/snapshot';

/** A provider's numbers for a track. Numbers of two providers are never mixed, so the source is part of the key. */
export const AudioFeatures = defineEntity({
  name: 'AudioFeatures',
  tableName: 'audio_features',
  properties: {
    trackId: p.string().primary(),
    source: p.string().$type<FeatureSource>().primary(),
    valence: p.float().columnType('double precision').nullable(),
    energy: p.float().columnType('double precision').nullable(),
    danceability: p.float().columnType('double precision').nullable(),
    acousticness: p.float().columnType('double precision').nullable(),
    instrumentalness: p.float().columnType('double precision').nullable(),
    speechiness: p.float().columnType('double precision').nullable(),
    liveness: p.float().columnType('double precision').nullable(),
    tempo: p.float().columnType('double precision').nullable(),
    loudness: p.float().columnType('double precision').nullable(),
    fetchedAt: p.datetime(),
  },
});
