import { pages } from '@undertone/contracts/client/pages';
import type { RecordedEvent } from '@undertone/contracts/event';
import { UserRegistered } from '@undertone/contracts/identity/user-registered';
import { InsightGenerated } from '@undertone/contracts/insight/insight-generated';
import { JobFailed, JobRequested, JobRevoked, JobSucceeded } from '@undertone/contracts/jobs/job';
import { HistoryImported } from '@undertone/contracts/listening/history-imported';
import { ListeningIngested } from '@undertone/contracts/listening/listening-ingested';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { parseJobSubject } from '@undertone/contracts/subjects';
import { eventually } from '@undertone/platform/test-kit/eventually';
import type { Accepted, Chapter, Known, Ledger } from './ledger.js';
import type { Ordered } from './replays.js';
import type { System } from './system.js';

const ENDS = [JobSucceeded, JobFailed, JobRevoked];
/** Within which a read model must have what the log has. */
const CAUGHT_UP_MS = 20_000;
const READERS = 6;

/** What the log has of a person. */
interface Written {
  readonly snapshots: string[];
  readonly insights: string[];
  /** Whether a data export was read. */
  imported: boolean;
}

/** Compares everything that was asked for with what the log and the API say became of it, and writes it into the ledger. */
export async function audit(system: System, ledger: Ledger, replays: readonly Ordered[]): Promise<void> {
  await auditJobs(system, ledger);
  const written = new Map<string, Written>();
  const writtenOf = (userId: string): Written => {
    const known = written.get(userId) ?? { snapshots: [], insights: [], imported: false };
    written.set(userId, known);
    return known;
  };
  await auditUsers(system, ledger);
  await auditListening(system, ledger, writtenOf);
  await auditInsights(system, ledger, writtenOf, replays);
  await auditAnswers(system, ledger, writtenOf);
}

async function auditJobs({ store }: System, ledger: Ledger): Promise<void> {
  const jobs = new Map<string, { requested: RecordedEvent[]; ends: RecordedEvent[]; last: RecordedEvent }>();
  for (const event of await store.readFiltered('JOBS', 'jobs.>')) {
    const { jobId } = parseJobSubject(event.subject);
    const job = jobs.get(jobId) ?? { requested: [], ends: [], last: event };
    jobs.set(jobId, { ...job, last: event });
    if (event.type === JobRequested.type) job.requested.push(event);
    if (ENDS.some(({ type }) => type === event.type)) job.ends.push(event);
  }
  const judge = (chapter: Chapter, what: string, jobId: string, accepted?: Accepted): void => {
    const job = jobs.get(jobId);
    const named = `${what} ${jobId}`;
    if (!job) return void chapter.lost.push(`${named} was accepted, and is not in the log`);
    if (job.requested.length > 1)
      chapter.doubled.push(`${named} was requested ${job.requested.length} times`);
    const [end, ...more] = job.ends;
    if (!end) return void chapter.lost.push(`${named} did not end; the last is ${briefly(job.last)}`);
    if (more.length > 0) chapter.doubled.push(`${named} ended ${job.ends.length} times`);
    if (accepted) chapter.jobEnded(accepted, Date.parse(end.time));
    if (end.type !== JobSucceeded.type) chapter.lost.push(`${named} ended without a result: ${briefly(end)}`);
  };
  const asked = new Set<string>();
  for (const chapter of ledger.chapters) {
    for (const accepted of chapter.accepted) {
      asked.add(accepted.jobId);
      judge(chapter, accepted.work, accepted.jobId, accepted);
    }
  }
  for (const [jobId, { requested, last }] of jobs) {
    if (asked.has(jobId)) continue;
    const what = (last.data as { job_type: string }).job_type;
    judge(ledger.at(Date.parse((requested[0] ?? last).time)), what, jobId);
  }
}

const briefly = ({ type, time, data }: RecordedEvent): string => {
  const { attempt, problem, resume_at } = data as Record<string, unknown>;
  return `${type.split('.').at(-1)} at ${time} ${JSON.stringify({ attempt, problem, resume_at })}`;
};

async function auditUsers({ store }: System, ledger: Ledger): Promise<void> {
  const registered = new Tally();
  for (const event of await store.readFiltered('IDENTITY', 'identity.>')) {
    const user = UserRegistered.read(event);
    if (user) registered.add(user.user_id);
  }
  for (const chapter of ledger.chapters) {
    for (const { userId, name } of chapter.people) {
      const times = registered.take(userId);
      if (times === 0) chapter.lost.push(`${name} is not in the log`);
      if (times > 1) chapter.doubled.push(`${name} was registered ${times} times`);
    }
  }
  for (const userId of registered.left()) {
    ledger.chapters.at(-1)?.doubled.push(`user ${userId} was registered, and nobody was told of them`);
  }
}

async function auditListening(
  { store }: System,
  ledger: Ledger,
  writtenOf: (userId: string) => Written,
): Promise<void> {
  const tally = new Tally();
  for (const event of await store.readFiltered('LISTENING', 'listening.>')) {
    const snapshot = SnapshotComputed.read(event);
    if (snapshot) {
      writtenOf(snapshot.user_id).snapshots.push(snapshot.snapshot_id);
      const { user_id, time_range, weighting } = snapshot;
      tally.add(`${user_id} snapshot of ${time_range}, ${weighting}`);
    }
    const ingested = ListeningIngested.read(event);
    if (ingested) tally.add(`${ingested.user_id} ingest of ${ingested.time_range}`);
    const imported = HistoryImported.read(event);
    if (imported) {
      writtenOf(imported.user_id).imported = true;
      tally.add(`${imported.user_id} import ${imported.import_id}`);
    }
    const fetched = PlaysFetched.read(event);
    for (const play of fetched?.plays ?? []) {
      tally.add(`${fetched?.user_id} play of ${play.track_id} at ${play.played_at}`);
    }
  }
  chargeRepeats(tally, ledger);
}

async function auditInsights(
  { store }: System,
  ledger: Ledger,
  writtenOf: (userId: string) => Written,
  replays: readonly Ordered[],
): Promise<void> {
  const tally = new Tally();
  const replayed = new Map(replays.map(({ id }) => [id, new Set<string>()]));
  for (const event of await store.readFiltered('INSIGHT', 'insight.*.insight-generated')) {
    const insight = InsightGenerated.read(event);
    if (!insight) continue;
    const { user_id, snapshot_id, insight_type, tone_mode, replay_id } = insight;
    tally.add(`${user_id} insight ${[snapshot_id, insight_type, tone_mode, replay_id].join(' ')}`);
    if (replay_id) replayed.get(replay_id)?.add(snapshot_id);
    else writtenOf(user_id).insights.push(insight.insight_id);
  }
  chargeRepeats(tally, ledger);
  for (const { chapter, id, userIds, isComplete } of replays) {
    if (!isComplete) chapter.lost.push(`replay ${id} did not become complete`);
    const inFilter = userIds.flatMap((userId) => writtenOf(userId).snapshots);
    const missing = inFilter.filter((snapshot) => !replayed.get(id)?.has(snapshot));
    if (missing.length > 0) {
      chapter.lost.push(
        `replay ${id} left out ${missing.length} of ${inFilter.length} snapshots, ${missing[0]}`,
      );
    }
  }
}

/** @param tally of keys that begin with the user's id. */
function chargeRepeats(tally: Tally, ledger: Ledger): void {
  for (const [key, times] of tally.repeats()) {
    const [userId = '', ...what] = key.split(' ');
    const chapter = ledger.chapterOf(userId) ?? ledger.chapters.at(-1);
    chapter?.doubled.push(`${what.join(' ')} of ${userId} is there ${times} times`);
  }
}

/** What people read at the end must be what the log has, and what Spotify and their exports told. */
async function auditAnswers(
  system: System,
  ledger: Ledger,
  writtenOf: (userId: string) => Written,
): Promise<void> {
  const everybody = ledger.chapters.flatMap((chapter) => chapter.people.map((known) => ({ chapter, known })));
  const read = async () => {
    for (let next = everybody.pop(); next; next = everybody.pop()) {
      const { chapter, known } = next;
      const written = writtenOf(known.userId);
      let faults = ['nobody was asked'];
      await eventually(
        `what ${known.name} reads is what the log has`,
        async () => {
          faults = await faultsOf(system, known, written);
          return faults.length === 0;
        },
        CAUGHT_UP_MS,
      ).catch((error: unknown) => {
        chapter.lost.push(...faults.map((fault) => `${known.name} (${known.userId}): ${fault} [${error}]`));
      });
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
}

async function faultsOf(
  system: System,
  { name, userId, imports }: Known,
  written: Written,
): Promise<string[]> {
  const api = { url: system.pairs.gateways[0] ?? '' };
  const all = async <T>(list: AsyncGenerator<readonly T[]>): Promise<T[]> => {
    const rows: T[] = [];
    for await (const page of list) rows.push(...page);
    return rows;
  };
  const of = { user_id: userId, limit: 200 };
  const snapshots = await all(pages(api, 'listSnapshots', of));
  const insights = await all(pages(api, 'listInsights', of));
  const plays = await all(pages(api, 'listHistory', of));
  const hasIngested = written.snapshots.length > 0;
  const told =
    imports === undefined && hasIngested
      ? system.spotify.plays.recent(name, system.spotify.clock.now()).map(({ track, playedAt }) => {
          return `${track.id} ${new Date(playedAt).toISOString()}`;
        })
      : undefined;
  const shown = plays.map(({ track_id, played_at }) => `${track_id} ${played_at}`);
  const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
  return [
    ...difference('snapshots', written.snapshots, ids(snapshots)),
    ...difference('insights', written.insights, ids(insights)),
    ...(told ? difference('plays', told, shown) : []),
    ...(written.imported && plays.length !== imports
      ? [`${plays.length} plays are shown of ${imports} that were imported`]
      : []),
  ];
}

function difference(what: string, expected: readonly string[], found: readonly string[]): string[] {
  const missing = expected.filter((one) => !found.includes(one));
  const strange = found.filter((one) => !expected.includes(one));
  const repeated = found.length - new Set(found).size;
  return missing.length + strange.length + repeated === 0
    ? []
    : [
        `${what}: ${missing.length} missing, ${strange.length} strange, ${repeated} repeated; ${missing[0] ?? strange[0]}`,
      ];
}

/** Counts. */
class Tally {
  private readonly counts = new Map<string, number>();

  add(key: string): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** How often it was added; it is forgotten then. */
  take(key: string): number {
    const count = this.counts.get(key) ?? 0;
    this.counts.delete(key);
    return count;
  }

  left(): string[] {
    return [...this.counts.keys()];
  }

  repeats(): [string, number][] {
    return [...this.counts].filter(([, count]) => count > 1);
  }
}
