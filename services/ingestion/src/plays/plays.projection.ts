import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { playsGroup } from '@undertone/contracts/listening/cache-keys';
import { HistoryImported, type HistoryImportedData } from '@undertone/contracts/listening/history-imported';
import type { ImportReport as ImportReportData } from '@undertone/contracts/listening/import';
import { ImportTakenBack, type ImportTakenBackData } from '@undertone/contracts/listening/import-taken-back';
import {
  ListenThresholdChosen,
  type ListenThresholdChosenData,
} from '@undertone/contracts/listening/listen-threshold-chosen';
import { ListeningIngested } from '@undertone/contracts/listening/listening-ingested';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { writeRows } from '@undertone/platform/database/write-rows';
import { fold } from '@undertone/platform/event-store/decider';
import type { Logger } from '@undertone/platform/logging/logger';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { LOGGER, OBJECT_STORAGE } from '@undertone/platform/nest/tokens';
import { ObjectMissing, type ObjectStorage } from '@undertone/platform/objects/object-storage';
import { oneAhead } from '@undertone/platform/projections/ordered-batches';
import type { AfterCommit } from '@undertone/platform/projections/projection-runner';
import { type Listening, listening } from '../listening-log/listening.js';
import { isInTheFuture } from '../streams/future.js';
import { readStreams } from './export-streams.js';
import { type Fetched, tellingsOf } from './fetched-plays.js';
import { ImportReport } from './import-report.entity.js';
import { ImportedStreams } from './imported-streams.js';
import { ListenThreshold } from './listen-threshold.entity.js';
import { PossibleGap } from './possible-gap.entity.js';
import { settleAgain, takeBack } from './settle-again.js';
import { settlePlays } from './settle-plays.js';

const BATCH = 1_000;
/** How often an object is looked for, and how long after each other, before it is taken for lost: what a reader misses may be being written, or not be on every server yet. */
const LOOKS = 5;
const LOOK_AGAIN_MS = 1_000;

/** Keeps `play`, `unused_telling`, `listen_threshold`, `possible_gap`, `listening` and `import_report` from what was fetched, imported and decided of it. */
@Controller()
export class PlaysProjection {
  constructor(
    @Inject(OBJECT_STORAGE) private readonly storage: ObjectStorage,
    @Inject(ReadCache) private readonly cache: ReadCache,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @Projects(consumers.plays, { version: 2 })
  async apply({ events, em }: ProjectionBatch): Promise<AfterCommit> {
    await keepStates(em, events);
    await keepGaps(em, events);
    const users = new Set<string>();
    const fetched: (Fetched & { readonly sequence: number })[] = [];
    for (const event of events) {
      const told = PlaysFetched.read(event) ?? ListeningIngested.read(event);
      if (told) {
        users.add(told.user_id);
        fetched.push({ ...told, sequence: event.sequence });
      }
      const imported = HistoryImported.read(event);
      if (imported) {
        users.add(imported.user_id);
        await this.keepImport(em, imported, event.sequence);
      }
      const takenBack = ImportTakenBack.read(event);
      if (takenBack) {
        users.add(takenBack.user_id);
        await takeImportBack(em, takenBack, event.sequence);
      }
      const chosen = ListenThresholdChosen.read(event);
      if (chosen) {
        users.add(chosen.user_id);
        await keepThreshold(em, chosen, event.sequence);
      }
    }
    // What counts does not depend on who told first.
    for (const [userId, fresh] of await tellingsOf(em, fetched)) await settlePlays(em, userId, { fresh });
    return () => {
      for (const userId of users) this.cache.drop(playsGroup(userId));
    };
  }

  private async keepImport(
    em: EntityManager,
    { streams, skipped_rows: skippedRows = null, ...report }: HistoryImportedData,
    sequence: number,
  ): Promise<void> {
    const kept = streams && (await this.keepStreams(em, streams, report, sequence));
    await em.insert(ImportReport, {
      id: report.import_id,
      userId: report.user_id,
      report: {
        ...heardBy(report, kept ? kept.lastPlayedAt : null),
        ...(kept === undefined && { plays_lost: true as const }),
      },
      skippedRows,
      sequence,
    });
  }

  /** @returns undefined when the object is gone: one person's loss, said in their report, must not stop everybody's plays. */
  private async keepStreams(
    em: EntityManager,
    streams: ObjectReference,
    report: ImportReportData,
    sequence: number,
  ): Promise<ImportedStreams | undefined> {
    for (let look = 1; ; look += 1) {
      try {
        // A savepoint: an object that breaks off in the middle leaves nothing.
        return await em.transactional(async (inner) => {
          const kept = new ImportedStreams(inner, report, sequence);
          const batches = readStreams(await this.storage.get(streams), BATCH);
          for await (const batch of oneAhead(batches)) await kept.keep(batch);
          return kept;
        });
      } catch (error) {
        if (!(error instanceof ObjectMissing)) throw error;
        if (look === LOOKS) {
          this.log.error({ err: error, import_id: report.import_id }, 'the plays of an import are lost');
          return undefined;
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

async function takeImportBack(
  em: EntityManager,
  { user_id: userId, import_id: id }: ImportTakenBackData,
  sequence: number,
): Promise<void> {
  const taken = await em.findOne(ImportReport, { id, userId, takenBack: null }, { disableIdentityMap: true });
  if (!taken) return;
  await em.nativeUpdate(ImportReport, { id }, { takenBack: sequence });
  await takeBack(em, userId, taken.sequence);
}

async function keepThreshold(
  em: EntityManager,
  { user_id: userId, threshold }: ListenThresholdChosenData,
  sequence: number,
): Promise<void> {
  const { min_seconds: minSeconds = null, min_share: minShare = null } = threshold ?? {};
  await writeRows(em, ListenThreshold, [{ userId, minSeconds, minShare, sequence }], 'update');
  await settleAgain(em, userId);
}

/**
 * A report without what had not been heard when it was written; earlier releases took such rows for plays.
 * @param lastPlayedAt the last of the others.
 */
function heardBy(report: ImportReportData, lastPlayedAt: string | null): ImportReportData {
  const importedAt = new Date(report.imported_at);
  const isHeard = (moment: string | null | undefined) =>
    !moment || !isInTheFuture(new Date(moment), importedAt);
  const { covers, ...rest } = report;
  const { first_played_at: first, last_played_at: last } = report;
  const to = covers && (isHeard(covers.to) ? covers.to : lastPlayedAt);
  return {
    ...rest,
    first_played_at: isHeard(first) ? first : null,
    last_played_at: isHeard(last) ? last : lastPlayedAt,
    ...(covers && to && isHeard(covers.from) && { covers: { from: covers.from, to } }),
  };
}
