import { Controller } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { ListeningIngested } from '@undertone/contracts/listening/listening-ingested';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { Ingest } from './ingest.entity.js';
import { Play } from './play.entity.js';

/** Keeps `play` and `ingest` from what was ingested. */
@Controller()
export class PlaysProjection {
  @Projects(consumers.plays)
  async apply({ events, em }: ProjectionBatch): Promise<undefined> {
    const ingests = [];
    const plays = new Map<
      string,
      { userId: string; playedAt: Date; trackId: string; source: 'spotify' | 'simulator' }
    >();
    for (const event of events) {
      const ingested = ListeningIngested.read(event);
      if (!ingested) continue;
      ingests.push({
        id: event.id,
        userId: ingested.user_id,
        timeRange: ingested.time_range,
        fetchedAt: new Date(ingested.fetched_at),
        sequence: event.sequence,
      });
      for (const { track_id: trackId, played_at } of ingested.plays) {
        const key = `${ingested.user_id} ${played_at} ${trackId}`;
        // As between two batches: a rebuild, whose batches are others, must come to the same rows.
        if (plays.has(key)) continue;
        plays.set(key, {
          userId: ingested.user_id,
          playedAt: new Date(played_at),
          trackId,
          source: ingested.source,
        });
      }
    }
    if (ingests.length > 0) await em.upsertMany(Ingest, ingests);
    // Overlapping fetches bring the same plays again; the first word stands.
    if (plays.size > 0) await em.upsertMany(Play, [...plays.values()], { onConflictAction: 'ignore' });
    return undefined;
  }
}
