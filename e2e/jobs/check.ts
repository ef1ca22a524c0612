import type { RecordedEvent } from '@undertone/contracts/event';
import { UserRegistered } from '@undertone/contracts/identity/user-registered';
import { InsightGenerated } from '@undertone/contracts/insight/insight-generated';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { JobFailed, JobRequested, JobRevoked, JobStarted, JobSucceeded } from '@undertone/contracts/jobs/job';
import { HistoryImported } from '@undertone/contracts/listening/history-imported';
import { ListeningIngested } from '@undertone/contracts/listening/listening-ingested';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { parseJobSubject } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import type { Accepted, Diary } from './diary.js';

/** Events that are read at once. */
const PAGE = 5_000;
/** Calls of a model for one insight, at most: its answer may have to be repaired. */
const CALLS = 2;

/** What the log has of a job. */
interface Job {
  type: string;
  requested: number;
  started: number;
  readonly ends: string[];
  problem?: string;
  result: Record<string, unknown>;
}

/** What was counted, and what is not as it has to be. */
export interface Checked {
  readonly counts: Record<string, number>;
  readonly findings: readonly string[];
}

/** Compares all that people were told with what the log has. */
export async function check(store: EventStore, diary: Diary, completions: number): Promise<Checked> {
  const findings = [...diary.findings];
  const jobs = await readJobs(store);
  const counts: Record<string, number> = { 'accepted requests': diary.accepted.size };
  const count = (what: string, by = 1) => {
    counts[what] = (counts[what] ?? 0) + by;
  };
  const told = new Set<string>();
  for (const accepted of diary.accepted.values()) {
    told.add(accepted.task_id);
    const job = jobs.get(accepted.task_id);
    count(`  ${accepted.work}`);
    findings.push(...endOf(job, accepted, diary));
  }
  for (const [id, { type, ends, started }] of jobs) {
    if (!told.has(id)) findings.push(`${type} ${id}: nobody was told of it`);
    count(`ended: ${ends.join(', ') || 'not'}`);
    if (started > 1) count('started more than once', 1);
  }
  count('answers that were the same job again', diary.askedAgain);

  const effects = await readEffects(store);
  for (const [key, times] of effects.times) {
    count(key.split(' ')[0] ?? '');
    if (times > 1) findings.push(`${key} is there ${times} times`);
  }
  for (const [id, { type, result, ends }] of jobs) {
    if (!ends.includes('succeeded')) continue;
    const wanted =
      type === ingestListeningData.type
        ? `snapshots ${result.snapshot_id}`
        : type === generateInsight.type && `insights ${result.insight_id}`;
    if (wanted && !effects.times.has(wanted)) findings.push(`${type} ${id}: ${wanted} is not in the log`);
  }
  for (const { key, jobId } of effects.led) {
    if (!jobId || !jobs.has(jobId)) findings.push(`${key} came of no job`);
  }

  // A worker that dies in a call, or is frozen in it, has it made again; so does a cancelled job, for nothing.
  const generations = [...jobs.values()].filter(({ type }) => type === generateInsight.type);
  const disturbed = generations.filter(({ started, ends }) => started > 1 || ends.includes('revoked'));
  const unpaid = completions - effects.calls;
  counts['completions by the model'] = completions;
  counts['  that are in insights'] = effects.calls;
  counts['  of generations that were disturbed'] = unpaid;
  counts['generations that were disturbed'] = disturbed.length;
  const most = disturbed.reduce((sum, { started }) => sum + started * CALLS, 0);
  if (unpaid > most) findings.push(`${unpaid} completions are in no insight, and ${most} may be`);
  return { counts, findings };
}

function endOf(job: Job | undefined, { work, task_id, ending }: Accepted, diary: Diary): string[] {
  const named = `${work} ${task_id}`;
  if (!job) return [`${named} was accepted, and is not in the log`];
  if (job.requested !== 1) return [`${named} was requested ${job.requested} times`];
  const [end, ...more] = job.ends;
  if (!end) return [`${named} has not ended`];
  if (more.length > 0) return [`${named} ended ${job.ends.length} times: ${job.ends.join(', ')}`];
  const wanted = {
    success: 'succeeded',
    failure: 'failed',
    'cancelled-or-not': diary.cancelled.has(task_id) ? 'revoked' : 'succeeded',
  }[ending];
  return end === wanted ? [] : [`${named} ${end}, and had to be ${wanted}; ${job.problem ?? ''}`];
}

async function readJobs(store: EventStore): Promise<Map<string, Job>> {
  const jobs = new Map<string, Job>();
  for await (const event of eventsOf(store, 'JOBS', 'jobs.>')) {
    const { jobId } = parseJobSubject(event.subject);
    const type = (event.data as { job_type: string }).job_type;
    const job: Job = jobs.get(jobId) ?? { type, requested: 0, started: 0, ends: [], result: {} };
    jobs.set(jobId, job);
    if (event.type === JobRequested.type) job.requested += 1;
    if (event.type === JobStarted.type) job.started += 1;
    const succeeded = JobSucceeded.read(event);
    if (succeeded) {
      job.ends.push('succeeded');
      job.result = succeeded.result;
    }
    const failed = JobFailed.read(event);
    if (failed) {
      job.ends.push('failed');
      job.problem = failed.problem.code;
    }
    if (event.type === JobRevoked.type) job.ends.push('revoked');
  }
  return jobs;
}

async function readEffects(store: EventStore) {
  const times = new Map<string, number>();
  const led: { key: string; jobId: string | undefined }[] = [];
  let calls = 0;
  const add = (key: string, event?: RecordedEvent) => {
    times.set(key, (times.get(key) ?? 0) + 1);
    if (event) led.push({ key, jobId: event.correlationId });
  };
  for await (const event of eventsOf(store, 'IDENTITY', 'identity.>')) {
    const registered = UserRegistered.read(event);
    if (registered) add(`people ${registered.user_id}`);
  }
  for await (const event of eventsOf(store, 'LISTENING', 'listening.>')) {
    const snapshot = SnapshotComputed.read(event);
    if (snapshot) add(`snapshots ${snapshot.snapshot_id}`, event);
    const ingested = ListeningIngested.read(event);
    if (ingested) add(`lists of ${ingested.user_id}, ${ingested.time_range}`, event);
    const imported = HistoryImported.read(event);
    if (imported) add(`imports ${imported.import_id}`, event);
    const fetched = PlaysFetched.read(event);
    for (const { track_id, played_at } of fetched?.plays ?? []) {
      add(`plays of ${fetched?.user_id}: ${track_id} at ${played_at}`);
    }
  }
  for await (const event of eventsOf(store, 'INSIGHT', 'insight.*.insight-generated')) {
    const insight = InsightGenerated.read(event);
    if (!insight) continue;
    add(`insights ${insight.insight_id}`, event);
    calls += insight.calls ?? 0;
  }
  return { times, led, calls };
}

async function* eventsOf(store: EventStore, stream: string, filter: string): AsyncGenerator<RecordedEvent> {
  for (let after = 0; ; ) {
    const page = await store.readSome(stream, filter, after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.sequence;
  }
}
