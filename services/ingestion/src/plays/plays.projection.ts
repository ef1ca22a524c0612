import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { playsGroup } from '@undertone/contracts/listening/cache-keys';
import { HistoryImported, type HistoryImportedData } from '@undertone/contracts/listening/history-imported';
import type { ImportReport as ImportReportData } from '@undertone/contracts/listening/import';
import {
  ListeningIngested,
  type ListeningIngestedData,
} from '@undertone/contracts/listening/listening-ingested';
import { PlaysFetched, type PlaysFetchedData } from '@undertone/contracts/listening/plays-fetched';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { fold } from '@undertone/platform/event-store/decider';
import type { Logger } from '@undertone/platform/logging/logger';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { LOGGER, OBJECT_STORAGE } from '@undertone/platform/nest/tokens';
import { ObjectMissing, type ObjectStorage } from '@undertone/platform/objects/object-storage';
import { oneAhead } from '@undertone/platform/projections/ordered-batches';
import type { AfterCommit } from '@undertone/platform/projections/projection-runner';
import { type Listening, listening } from '../listening-log/listening.js';
import { playId } from '../play-keys/play-id.js';
import { readPlays } from './export-plays.js';
import { withoutExported } from './exported-already.js';
import { ImportReport } from './import-report.entity.js';
import { ImportedPlays } from './imported-plays.js';
import { PossibleGap } from './possible-gap.entity.js';

const BATCH = 1_000;
/** How often an object is looked for, and how long after each other, before it is taken for lost: what a reader misses may be being written, or not be on every server yet. */
const LOOKS = 5;
const LOOK_AGAIN_MS = 1_000;

/** What brings plays: before they were a fact of their own, lists did. */
type Fetched = Pick<PlaysFetchedData | ListeningIngestedData, 'user_id' | 'source' | 'plays'>;
type Told = Fetched & { readonly sequence: number };

/** Keeps `play`, `possible_gap`, `listening` and `import_report` from what was fetched and imported. */
@Controller()
export class PlaysProjection {
  constructor(
    @Inject(OBJECT_STORAGE) private readonly storage: ObjectStorage,
    @Inject(ReadCache) private readonly cache: ReadCache,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @Projects(consumers.plays)
  async apply({ events, em }: ProjectionBatch): Promise<AfterCommit> {
    await keepStates(em, events);
    await keepGaps(em, events);
    const users = new Set<string>();
    let fetched: Told[] = [];
    for (const event of events) {
      const told = PlaysFetched.read(event) ?? ListeningIngested.read(event);
      if (told) {
        fetched.push({ ...told, sequence: event.sequence });
        users.add(told.user_id);
      }
      const imported = HistoryImported.read(event);
      if (!imported) continue;
      users.add(imported.user_id);
      // In the order of the log: each decides by what is there.
      await keepFetched(em, fetched);
      fetched = [];
      await this.keepImport(em, imported, event.sequence);
    }
    await keepFetched(em, fetched);
    return () => {
      for (const userId of users) this.cache.drop(playsGroup(userId));
    };
  }

  private async keepImport(
    em: EntityManager,
    { plays, ...report }: HistoryImportedData,
    sequence: number,
  ): Promise<void> {
    const lost = plays !== null && !(await this.keepPlays(em, plays, report, sequence));
    await em.insert(ImportReport, {
      id: report.import_id,
      userId: report.user_id,
      report: { ...report, ...(lost && { plays_lost: true as const }) },
      sequence,
    });
  }

  /** @returns false when the object is gone: one person's loss, said in their report, must not stop everybody's plays. */
  private async keepPlays(
    em: EntityManager,
    plays: ObjectReference,
    report: ImportReportData,
    sequence: number,
  ): Promise<boolean> {
    for (let look = 1; ; look += 1) {
      try {
        // A savepoint: an object that breaks off in the middle leaves nothing.
        await em.transactional(async (inner) => {
          const kept = new ImportedPlays(inner, report, sequence);
          const batches = readPlays(await this.storage.get(plays), BATCH);
          for await (const batch of oneAhead(batches)) await kept.insert(batch);
        });
        return true;
      } catch (error) {
        if (!(error instanceof ObjectMissing)) throw error;
        if (look === LOOKS) {
          this.log.error({ err: error, import_id: report.import_id }, 'the plays of an import are lost');
          return false;
        }
        this.log.warn(
          { err: error, import_id: report.import_id },
          'the plays of an import are looked for again',
        );
        await sleep(LOOK_AGAIN_MS);
      }
    }
  }
}

async function keepStates(em: EntityManager, events: readonly RecordedEvent[]): Promise<void> {
  const told = events.filter(({ type }) => type === PlaysFetched.type || type === ListeningIngested.type);
  if (told.length === 0) return;
  const userOf = ({ subject }: RecordedEvent) => subject.split('.')[1] ?? '';
  const users = [...new Set(told.map(userOf))];
  const rows: { user_id: string; state: Listening }[] = await em.execute(
    'select user_id, state from listening where user_id = any (array(select jsonb_array_elements_text(?::jsonb)::uuid))',
    [JSON.stringify(users)],
  );
  const states = new Map(rows.map(({ user_id, state }) => [user_id, state]));
  for (const event of told) {
    const user = userOf(event);
    states.set(user, fold(listening, states.get(user) ?? listening.initial, [event]));
  }
  await em.execute(
    `insert into listening (user_id, state)
     select user_id, state from jsonb_to_recordset(?::jsonb) as r(user_id uuid, state jsonb)
     on conflict (user_id) do update set state = excluded.state`,
    [JSON.stringify([...states].map(([user_id, state]) => ({ user_id, state })))],
  );
}

async function keepGaps(em: EntityManager, events: readonly RecordedEvent[]): Promise<void> {
  const gaps = events.flatMap((event) => {
    const { user_id: userId, possible_gap: gap } = PlaysFetched.read(event) ?? {};
    if (!userId || !gap) return [];
    return [{ sequence: event.sequence, userId, since: new Date(gap.after), until: new Date(gap.before) }];
  });
  if (gaps.length > 0) await em.insertMany(PossibleGap, gaps);
}

async function keepFetched(em: EntityManager, fetched: readonly Told[]): Promise<void> {
  // As between two batches: a rebuild, whose batches are others, must come to the same rows.
  const plays = new Map<string, ReturnType<typeof playOf>>();
  for (const told of fetched) {
    for (const one of told.plays) {
      const play = playOf(told, one);
      if (!plays.has(play.id)) plays.set(play.id, play);
    }
  }
  const fresh = await withoutExported(em, [...plays.values()]);
  if (fresh.length === 0) return;
  // Logs of earlier releases have plays more than once; the first word stands.
  await em.execute(
    `insert into play (id, user_id, played_at, track_id, source, sequence)
     select id, "userId", "playedAt", "trackId", source, sequence
       from jsonb_to_recordset(?::jsonb)
         as r(id uuid, "userId" uuid, "playedAt" timestamptz, "trackId" text, source text, sequence bigint)
     on conflict do nothing`,
    [JSON.stringify(fresh)],
  );
}

function playOf(
  { user_id: userId, source, sequence }: Told,
  { track_id: trackId, played_at }: Fetched['plays'][number],
) {
  const playedAt = new Date(played_at);
  const id = playId(userId, playedAt, trackId, null);
  return { id, userId, playedAt, trackId, source, sequence };
}
