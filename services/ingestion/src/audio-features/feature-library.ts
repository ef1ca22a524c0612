import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import type { FeatureSource } from '@undertone/contracts/listening/snapshot';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { CLOCK, type Clock } from '../clock.js';
import type { IngestionSettings } from '../settings.js';
import { FEATURES_PROVIDER, type FeaturesProvider } from './features-provider.js';
import { type FeaturesAt, featuresAt, featuresNow, keepFeatures } from './stored-features.js';
import type { TrackFeatures } from './track-features.js';
import { keepUnknown, unknownSince } from './unknown-tracks.js';

interface Access {
  readonly token: string | null;
  readonly signal: AbortSignal;
  /** Tracks the provider is asked for at most; those after them stay unknown. */
  readonly atMost?: number;
  progress?(asked: number, of: number): void;
}

const DAY_MS = 86_400_000;

/** Tracks' audio features: asked of the provider once, then kept for ever; what it does not know, again days later. */
@Injectable()
export class FeatureLibrary {
  /** Whose numbers these are; on every snapshot. */
  readonly source: FeatureSource;

  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FEATURES_PROVIDER) private readonly provider: FeaturesProvider | null,
    @Inject(SETTINGS) private readonly settings: IngestionSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const { AUDIO_FEATURES: from } = settings;
    if (from === 'none' || from === 'csv') this.source = from;
    else this.source = settings.SPOTIFY_MODE === 'simulator' ? 'simulator' : from;
  }

  /** Whether the provider can be asked in somebody's name alone. */
  get needsToken(): boolean {
    return this.provider?.needsToken ?? false;
  }

  /**
   * What is known of the tracks, by id, from this library's source alone: the provider is asked for what is not stored,
   * in the order given, and its answers are kept as they come, so that a second try goes on from there.
   * @param access the person's token, for providers that need one; null: such a provider is not asked.
   */
  async lookUp(trackIds: readonly string[], access: Access): Promise<FeaturesAt> {
    const stored = await featuresNow(this.orm.em.fork(), this.source, trackIds);
    const missing = trackIds.filter((id) => !stored.features.has(id));
    if (!(await this.askFor(missing, access))) return stored;
    return featuresNow(this.orm.em.fork(), this.source, trackIds);
  }

  /** What is kept already of the tracks, by id; asks nobody. */
  stored(trackIds: readonly string[]): Promise<ReadonlyMap<string, TrackFeatures>> {
    return featuresAt(this.orm.em.fork(), this.source, trackIds, 'infinity');
  }

  /** @returns whether the provider was asked for any of what is not stored. */
  private async askFor(notStored: readonly string[], access: Access): Promise<boolean> {
    const { provider } = this;
    const { token, signal, atMost = Number.POSITIVE_INFINITY } = access;
    if (!provider || (provider.needsToken && token === null) || notStored.length === 0) return false;
    const now = this.clock();
    const askAgainAfter = new Date(now.getTime() - this.settings.UNKNOWN_FEATURES_DAYS * DAY_MS);
    const unknown = await unknownSince(this.orm.em.fork(), this.source, notStored, askAgainAfter);
    const missing = notStored.filter((id) => !unknown.has(id)).slice(0, atMost);
    for (let from = 0; from < missing.length; from += provider.batchSize) {
      const batch = missing.slice(from, from + provider.batchSize);
      const fetched = await provider.fetch(batch, { token: token ?? '', signal });
      await keepFeatures(this.orm.em.fork(), this.source, fetched);
      const left = batch.filter((id) => !fetched.has(id));
      await keepUnknown(this.orm.em.fork(), this.source, left, now);
      access.progress?.(Math.min(from + batch.length, missing.length), missing.length);
    }
    return missing.length > 0;
  }
}
