import type { EntityManager } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { listeningEpoch, playsGroup } from '@undertone/contracts/listening/cache-keys';
import { HistoryImported, type HistoryImportedData } from '@undertone/contracts/listening/history-imported';
import type { ImportReport as ImportReportData } from '@undertone/contracts/listening/import';
import { ImportTakenBack, type ImportTakenBackData } from '@undertone/contracts/listening/import-taken-back';
import {
  ListenThresholdChosen,
  type ListenThresholdChosenData,
} from '@undertone/contracts/listening/listen-threshold-chosen';
import { ListeningIngested } from '@undertone/contracts/listening/listening-ingested';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import { ProviderDataRemoved } from '@undertone/contracts/listening/provider-data-removed';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { writeRows } from '@undertone/platform/database/write-rows';
import { fold } from '@undertone/platform/event-store/decider';
import type { Logger } from '@undertone/platform/logging/logger';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { LOGGER, OBJECT_STORAGE } from '@undertone/platform/nest/tokens';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import type { AfterCommit } from '@undertone/platform/projections/projection';
import { type Listening, listening } from '../listening-log/listening.js';
import { isInTheFuture } from '../streams/future.js';
import { forgetNames } from './exported-names.js';
import { type Fetched, tellingsOf } from './fetched-plays.js';
import { ImportReport } from './import-report.entity.js';
import { ImportedNames, ImportedStreams } from './imported-streams.js';
import { ListenThreshold } from './listen-threshold.entity.js';
import { PossibleGap } from './possible-gap.entity.js';
import { settleAgain, takeBack } from './settle-again.js';
import { settlePlays } from './settle-plays.js';
import { readStored, type StoredImport, type StreamReader } from './stored-streams.js';

/** Keeps `play`, `unused_telling`, `listen_threshold`, `possible_gap`, `listening` and `import_report` from what was fetched, imported and decided of it. */
@Controller()
export class PlaysProjection {
  constructor(
    @Inject(OBJECT_STORAGE) private readonly storage: ObjectStorage,
    @Inject(ReadCache) private readonly cache: ReadCache,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @Projects(consumers.plays, { version: 3, epochs: [listeningEpoch] })
  async apply({ events, em }: ProjectionBatch): Promise<AfterCommit> {
    await keepStates(em, events);
    await keepGaps(em, events);
    const users = new Set<string>();
    let fetched: (Fetched & { readonly sequence: number })[] = [];
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
        await this.takeBack(em, takenBack, event.sequence);
      }
      const chosen = ListenThresholdChosen.read(event);
      if (chosen) {
        users.add(chosen.user_id);
        await keepThreshold(em, chosen, event.sequence);
      }
      const removed = ProviderDataRemoved.read(event);
      if (removed) {
        users.add(removed.user_id);
        fetched = fetched.filter(({ user_id }) => user_id !== removed.user_id);
        await removeFetched(em, removed.user_id, event.sequence);
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
    const stored = streams && { importId: report.import_id, streams };
    const begin = (inner: EntityManager) => new ImportedStreams(inner, report, sequence);
    const kept = stored && (await this.readStored(em, stored, begin));
    await em.insert(ImportReport, {
      id: report.import_id,
      userId: report.user_id,
      report: {
        ...heardBy(report, kept ? kept.lastPlayedAt : null),
        ...(kept === undefined && { plays_lost: true as const }),
      },
      streams,
      skippedRows,
      sequence,
    });
  }

  private readStored<T extends StreamReader>(
    em: EntityManager,
    stored: StoredImport,
    begin: (em: EntityManager) => T,
  ): Promise<T | undefined> {
    return readStored({ em, storage: this.storage, log: this.log }, stored, begin);
  }

  private async takeBack(
    em: EntityManager,
    { user_id: userId, import_id: id }: ImportTakenBackData,
    sequence: number,
  ): Promise<void> {
    const where = { id, userId, takenBack: null };
    const taken = await em.findOne(ImportReport, where, { disableIdentityMap: true });
    if (!taken) return;
    await em.nativeUpdate(ImportReport, { id }, { takenBack: sequence });
    await takeBack(em, userId, (telling) => telling.sequence === taken.sequence);
    await this.nameAgain(em, userId);
  }

  /** Leaves the names that the person's other imports tell. */
  private async nameAgain(em: EntityManager, userId: string): Promise<void> {
    await forgetNames(em, userId);
    const where = { userId, takenBack: null, streams: { $ne: null } };
    const orderBy = { sequence: 'asc' as const };
    for (const { id, report, streams } of await em.find(ImportReport, where, {
      orderBy,
      disableIdentityMap: true,
    })) {
      if (!streams || report.plays_lost) continue;
      const stored = { importId: id, streams };
      await this.readStored(em, stored, (inner) => new ImportedNames(inner, report));
    }
  }
}

async function keepStates(em: EntityManager, events: readonly RecordedEvent[]): Promise<void> {
  const told = events.filter(({ type }) => listening.events.some((known) => known.type === type));
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

/** Whatever a provider had told before the event; by which account of the person it did does not matter. */
async function removeFetched(em: EntityManager, userId: string, before: number): Promise<void> {
  await takeBack(em, userId, ({ source, sequence }) => source !== 'export' && sequence < before);
  await em.nativeDelete(PossibleGap, { userId, sequence: { $lt: before } });
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
