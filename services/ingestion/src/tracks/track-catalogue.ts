import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import type { IngestionSettings } from '../settings.js';
import type { SpotifyTrack } from '../spotify/spotify-schemas.js';
import { Track } from './track.entity.js';

const DAY_MS = 86_400_000;

/** What providers call tracks, by id. Lists and plays bring it along: no call is made for one. */
@Injectable()
export class TrackCatalogue {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(SETTINGS) private readonly settings: IngestionSettings,
  ) {}

  /** Keeps what a provider just said of tracks of which nothing is known, or nothing new for days. */
  async keep(tracks: readonly SpotifyTrack[], now: Date): Promise<void> {
    const told = new Map(tracks.map((track) => [track.id, track]));
    const freshAfter = new Date(now.getTime() - this.settings.CATALOGUE_FRESH_DAYS * DAY_MS);
    const em = this.orm.em.fork();
    const fresh: { id: string }[] = await em.execute(
      `select id from track where id = any (array(select jsonb_array_elements_text(?::jsonb))) and updated_at > ?`,
      [JSON.stringify([...told.keys()]), freshAfter],
    );
    for (const { id } of fresh) told.delete(id);
    if (told.size === 0) return;
    const rows = [...told.values()].map((track) => ({
      id: track.id,
      name: track.name,
      artists: track.artists.map(({ id, name }) => ({ id, name })),
      album: track.album?.name ?? null,
      durationMs: track.duration_ms ?? null,
      updatedAt: now,
    }));
    // In one order everywhere, so that two replicas that keep the same tracks do not lock each other out.
    rows.sort((a, b) => (a.id < b.id ? -1 : 1));
    await em.upsertMany(Track, rows);
  }
}
