import type { EntityManager } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { playsGroup } from '@undertone/contracts/listening/cache-keys';
import { HistoryImported, type HistoryImportedData } from '@undertone/contracts/listening/history-imported';
import {
  ListeningIngested,
  type ListeningIngestedData,
} from '@undertone/contracts/listening/listening-ingested';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { OBJECT_STORAGE } from '@undertone/platform/nest/tokens';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import type { AfterCommit } from '@undertone/platform/projections/projection-runner';
import { readPlays } from '../imports/export-plays.js';
import { ImportReport } from '../imports/import-report.entity.js';
import { insertPlays } from '../imports/imported-plays.js';
import { withoutExported } from './exported-already.js';
import { Ingest } from './ingest.entity.js';
import { Play } from './play.entity.js';
import { playId } from './play-id.js';

const BATCH = 1_000;

/** Keeps `play`, `ingest` and `import_report` from what was ingested and imported. */
@Controller()
export class PlaysProjection {
  constructor(
    @Inject(OBJECT_STORAGE) private readonly storage: ObjectStorage,
    @Inject(ReadCache) private readonly cache: ReadCache,
  ) {}

  @Projects(consumers.plays)
  async apply({ events, em }: ProjectionBatch): Promise<AfterCommit> {
    const users = new Set<string>();
    let ingests: { event: RecordedEvent; ingested: ListeningIngestedData }[] = [];
    for (const event of events) {
      const ingested = ListeningIngested.read(event);
      if (ingested) {
        ingests.push({ event, ingested });
        users.add(ingested.user_id);
      }
      const imported = HistoryImported.read(event);
      if (!imported) continue;
      users.add(imported.user_id);
      // In the order of the log: each decides by what is there.
      await keepIngests(em, ingests);
      ingests = [];
      await this.keepImport(em, imported, event.sequence);
    }
    await keepIngests(em, ingests);
    return () => {
      for (const userId of users) this.cache.drop(playsGroup(userId));
    };
  }

  private async keepImport(
    em: EntityManager,
    { plays, ...report }: HistoryImportedData,
    sequence: number,
  ): Promise<void> {
    if (plays) {
      for await (const batch of readPlays(await this.storage.get(plays), BATCH)) {
        await insertPlays(em, report.user_id, report.imported_at, batch);
      }
    }
    await em.insert(ImportReport, { id: report.import_id, userId: report.user_id, report, sequence });
  }
}

async function keepIngests(
  em: EntityManager,
  ingests: readonly { event: RecordedEvent; ingested: ListeningIngestedData }[],
): Promise<void> {
  if (ingests.length === 0) return;
  const rows = ingests.map(({ event, ingested }) => ({
    id: event.id,
    userId: ingested.user_id,
    timeRange: ingested.time_range,
    fetchedAt: new Date(ingested.fetched_at),
    sequence: event.sequence,
  }));
  await em.upsertMany(Ingest, rows);
  // As between two batches: a rebuild, whose batches are others, must come to the same rows.
  const plays = new Map<string, ReturnType<typeof playOf>>();
  for (const { ingested } of ingests) {
    for (const told of ingested.plays) {
      const play = playOf(ingested, told);
      if (!plays.has(play.id)) plays.set(play.id, play);
    }
  }
  const fresh = await withoutExported(em, [...plays.values()]);
  // Overlapping fetches bring the same plays again; the first word stands.
  if (fresh.length > 0) await em.upsertMany(Play, fresh, { onConflictAction: 'ignore' });
}

function playOf(
  { user_id: userId, source }: ListeningIngestedData,
  { track_id: trackId, played_at }: ListeningIngestedData['plays'][number],
) {
  const playedAt = new Date(played_at);
  return { id: playId(userId, playedAt, trackId, null), userId, playedAt, trackId, msPlayed: null, source };
}
