import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { type FeatureSource, featureNames } from '@undertone/contracts/listening/snapshot';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import type { IngestionSettings } from '../settings.js';
import { AudioFeatures } from './audio-features.entity.js';
import { FEATURES_PROVIDER } from './configured-provider.js';
import type { FeaturesProvider } from './features-provider.js';
import type { TrackFeatures } from './track-features.js';

/** Tracks' audio features: asked of the provider once, then kept for ever. */
@Injectable()
export class FeatureLibrary {
  /** Whose numbers these are; on every snapshot. */
  readonly source: FeatureSource;

  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FEATURES_PROVIDER) private readonly provider: FeaturesProvider | null,
    @Inject(SETTINGS) settings: IngestionSettings,
  ) {
    if (settings.AUDIO_FEATURES === 'none') this.source = 'none';
    else this.source = settings.SPOTIFY_MODE === 'simulator' ? 'simulator' : settings.AUDIO_FEATURES;
  }

  /**
   * What is known of the tracks, by id, from this library's source alone.
   * @param access the person's token, for providers that need one.
   */
  async lookUp(
    trackIds: readonly string[],
    access: { token: string; signal: AbortSignal },
  ): Promise<ReadonlyMap<string, TrackFeatures>> {
    const known = await this.stored(trackIds);
    if (!this.provider) return known;
    const missing = trackIds.filter((id) => !known.has(id)).sort();
    for (let from = 0; from < missing.length; from += this.provider.batchSize) {
      const batch = missing.slice(from, from + this.provider.batchSize);
      const fetched = await this.provider.fetch(batch, access);
      await this.keep(fetched);
      for (const [id, features] of fetched) known.set(id, features);
    }
    return known;
  }

  /** What is kept already of the tracks, by id; asks nobody. */
  async stored(trackIds: readonly string[]): Promise<Map<string, TrackFeatures>> {
    const rows = await this.orm.em
      .fork()
      .find(AudioFeatures, { trackId: { $in: [...trackIds] }, source: this.source });
    return new Map(
      rows.map((row) => [
        row.trackId,
        Object.fromEntries(featureNames.map((name) => [name, row[name] ?? null])) as TrackFeatures,
      ]),
    );
  }

  private async keep(fetched: ReadonlyMap<string, TrackFeatures>): Promise<void> {
    const fetchedAt = new Date();
    const rows = [...fetched].map(([trackId, features]) => ({
      trackId,
      source: this.source,
      ...features,
      fetchedAt,
    }));
    rows.sort((a, b) => (a.trackId < b.trackId ? -1 : 1));
    if (rows.length > 0) await this.orm.em.fork().upsertMany(AudioFeatures, rows);
  }
}
