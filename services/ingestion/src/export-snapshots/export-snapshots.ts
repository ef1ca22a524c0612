import { IsolationLevel } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { type TimeRange, timeRange } from '@undertone/contracts/listening/snapshot';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { SnapshotsWithdrawn } from '@undertone/contracts/listening/snapshots-withdrawn';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { FeatureLibrary } from '../audio-features/feature-library.js';
import type { FeaturesAt } from '../audio-features/stored-features.js';
import { ListeningLog } from '../listening-log/listening-log.js';
import { CLASSIFIER } from '../moods/configured-classifier.js';
import type { MoodClassifier } from '../moods/mood-classifier.js';
import { isNameKey } from '../play-keys/track-key.js';
import { ToldPlays } from '../plays/told-plays.js';
import { computeSnapshot } from '../snapshots/compute-snapshot.js';
import { periodUpTo } from '../snapshots/export-period.js';
import type { Listened } from '../snapshots/listened.js';
import { type ListenedPlays, listenedByPlays, playsChangedAt } from '../snapshots/listened-plays.js';
import { AccessToken, isNotLinked } from '../spotify/access-token.js';

/** The most played tracks of a period that a provider is asked for in one job: 125 calls to ReccoBeats. */
const MOST_LOOK_UPS = 5_000;

/** A snapshot that can be read. */
export interface ReadableSnapshot {
  readonly snapshot_id: string;
  /** It was there already: nothing that it follows from has changed. */
  readonly reused: boolean;
  /** When the last of what it rests on was told. */
  readonly told_at: string;
}

/** Snapshots of what a person played, from their data export. They need neither a Spotify account nor a network. */
@Injectable()
export class ExportSnapshots {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(FeatureLibrary) private readonly features: FeatureLibrary,
    @Inject(ListeningLog) private readonly log: ListeningLog,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(ToldPlays) private readonly told: ToldPlays,
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(CLASSIFIER) private readonly classifier: MoodClassifier,
  ) {}

  /** The last day, in UTC, on which a person's exports have a play. */
  async lastDay(userId: string): Promise<string | undefined> {
    const [row] = await this.orm.em.fork().execute<{ day: string | null }[]>(
      `select to_char(max(played_at) at time zone 'UTC', 'YYYY-MM-DD') as day
         from play where user_id = ? and source = 'export'`,
      [userId],
    );
    return row?.day ?? undefined;
  }

  /**
   * Computes the snapshots of ranges that end with a day. A range in which nothing was played has none.
   * @throws {ReadModelAhead | UnreadableEvent} the plays are of another log than the server holds, or lack what a newer
   *   release told.
   */
  async compute(
    job: JobContext,
    lastDay: string,
    ranges: readonly TimeRange[],
  ): Promise<ReadonlyMap<TimeRange, ReadableSnapshot>> {
    // Each play is looked for in the log at the place that its row gives.
    const { upTo } = await this.told.since(job.userId);
    const heard = await this.heard(job.userId, lastDay, ranges);
    const known = await this.lookUp(job, heard);
    const done = new Map<TimeRange, ReadableSnapshot>();
    for (const plays of heard) {
      done.set(plays.listened.time_range, await this.record(job, plays, known, upTo));
    }
    return done;
  }

  /**
   * Computes those current snapshots of a person's plays again that reach into a time of which more was told.
   * @param lastDay those that end with it are up to date.
   */
  async refresh(
    job: JobContext,
    told: { readonly from: string; readonly to: string },
    lastDay: string,
  ): Promise<void> {
    const reaching: { day: string; range: TimeRange }[] = await this.orm.em.fork().execute(
      `select to_char(snapshot_date, 'YYYY-MM-DD') as day, time_range as range from listening_snapshot
        where user_id = ? and weighting = 'plays' and not superseded and snapshot_date <> ?::date
          and (period ->> 'from')::timestamptz <= ?::timestamptz and (period ->> 'to')::timestamptz > ?::timestamptz`,
      [job.userId, lastDay, told.to, told.from],
    );
    const ranges = Map.groupBy(reaching, ({ day }) => day);
    for (const [day, of] of ranges)
      await this.compute(
        job,
        day,
        of.map(({ range }) => range),
      );
  }

  /**
   * Computes every current snapshot of a person's plays again, because the plays are others, and those of the last day. One that
   * no longer ends with a day on which something was played is withdrawn.
   * @param changedAt the sequence of the event that changed the plays.
   * @returns those that are current now, newest day first.
   * @throws {ReadModelAhead | UnreadableEvent} as `compute`.
   */
  async renew(job: JobContext, changedAt: number): Promise<string[]> {
    await this.told.since(job.userId);
    const current: { id: string; day: string; range: TimeRange }[] = await this.orm.em.fork().execute(
      `select id, to_char(snapshot_date, 'YYYY-MM-DD') as day, time_range as range from listening_snapshot
        where user_id = ? and weighting = 'plays' and not superseded`,
      [job.userId],
    );
    const ranges = Map.groupBy(current, ({ day }) => day);
    const lastDay = await this.lastDay(job.userId);
    const days = new Set([...ranges.keys(), ...(lastDay ? [lastDay] : [])]);
    const done: string[] = [];
    const withdrawn: string[] = [];
    for (const day of [...days].sort().reverse()) {
      const there = ranges.get(day) ?? [];
      const asked = day === lastDay ? timeRange.options : there.map(({ range }) => range);
      const computed = (await this.ends(job.userId, day))
        ? await this.compute(job, day, asked)
        : new Map<TimeRange, ReadableSnapshot>();
      done.push(...[...computed.values()].map(({ snapshot_id }) => snapshot_id));
      withdrawn.push(...there.filter(({ range }) => !computed.has(range)).map(({ id }) => id));
    }
    if (withdrawn.length > 0) await this.withdraw(job, withdrawn, changedAt);
    return done;
  }

  /** Of one moment, the plays and what they rest on: more may be told meanwhile. */
  private heard(userId: string, lastDay: string, ranges: readonly TimeRange[]): Promise<ListenedPlays[]> {
    return this.orm.em.fork().transactional(
      async (em) => {
        const heard: ListenedPlays[] = [];
        for (const range of ranges) {
          const plays = await listenedByPlays(em, userId, { range, lastDay });
          if (!plays) continue;
          const changedAt = await playsChangedAt(em, userId, periodUpTo(lastDay, range));
          heard.push({ ...plays, sequence: Math.max(plays.sequence, changedAt) });
        }
        return heard;
      },
      { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
    );
  }

  private async ends(userId: string, day: string): Promise<boolean> {
    const [row] = await this.orm.em.fork().execute<{ found: boolean }[]>(
      `select exists (
         select 1 from play where user_id = ? and source = 'export'
            and played_at >= ?::timestamptz and played_at < ?::timestamptz + interval '1 day') as found`,
      [userId, `${day}T00:00:00Z`, `${day}T00:00:00Z`],
    );
    return row?.found ?? false;
  }

  private async withdraw(job: JobContext, ids: readonly string[], changedAt: number): Promise<void> {
    const now = new Date();
    const event = {
      definition: SnapshotsWithdrawn,
      id: derivedId(job.jobId, 'withdrawn'),
      data: { user_id: job.userId, snapshot_ids: [...ids], withdrawn_at: now.toISOString() },
      time: now,
      source: 'ingestion',
      correlationId: job.jobId,
      causationId: job.jobId,
    };
    const aggregate = listeningAggregate(job.userId);
    await job.confirm();
    const { sequence } = await recordOnce(this.store, aggregate, event, { upTo: changedAt });
    await this.progress.reached(consumers.listeningSnapshots, sequence, job.signal);
  }

  // Ranges that end together lie within each other, so the longest has all the tracks.
  private async lookUp(job: JobContext, heard: readonly ListenedPlays[]): Promise<FeaturesAt> {
    const all = heard.reduce<Listened['tracks']>(
      (longest, { listened: { tracks } }) => (tracks.length > longest.length ? tracks : longest),
      [],
    );
    const ids = all.map(({ id }) => id).filter((id) => !isNameKey(id));
    const lookUp = (token: string | null) =>
      this.features.lookUp(ids, {
        token,
        signal: job.signal,
        atMost: MOST_LOOK_UPS,
        progress: (asked, of) =>
          job.progress({
            percent: 10 + Math.round((asked / of) * 70),
            message: `looked up ${asked} of ${of} tracks`,
          }),
      });
    if (!this.features.needsToken) return lookUp(null);
    try {
      return await new AccessToken(this.rpc, job.userId, job.jobId).use(lookUp);
    } catch (error) {
      if (!isNotLinked(error)) throw error;
      return lookUp(null);
    }
  }

  private async record(
    job: JobContext,
    { listened, sequence }: ListenedPlays,
    { features, at }: FeaturesAt,
    heardUpTo: number,
  ): Promise<ReadableSnapshot> {
    const basis = await this.store.at(listeningAggregate(job.userId).stream, sequence);
    if (!basis) throw new Error(`LISTENING has no event ${sequence}, which changed plays`);
    const { source } = this.features;
    const content = computeSnapshot(
      listened,
      { features, featureSource: source, genres: new Map() },
      this.classifier,
    );
    // Derived from all that it follows from: the same question has the same answer, whoever asks it.
    const snapshotId = derivedId(
      'snapshot of plays',
      basis.id,
      listened.snapshot_date,
      listened.time_range,
      source,
      String(content.audio_features.known_tracks),
      // The same event may bring other plays, by another rule, or when an earlier import is taken back.
      derivedId(JSON.stringify([listened.tracks, listened.top_artists])),
      this.classifier.version,
      String(SnapshotComputed.version),
    );
    const data = {
      snapshot_id: snapshotId,
      user_id: job.userId,
      ...content,
      basis_event_id: basis.id,
      features_at: at,
      computed_at: new Date().toISOString(),
    };
    const known = await this.log.snapshot(data.snapshot_id);
    await job.confirm();
    const recorded = await this.log.recordSnapshot(job, data, known, heardUpTo);
    await this.progress.reached(consumers.listeningSnapshots, recorded.sequence, job.signal);
    return { snapshot_id: snapshotId, reused: recorded.duplicate, told_at: basis.time };
  }
}
