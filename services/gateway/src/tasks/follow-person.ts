import { setTimeout as pause } from 'node:timers/promises';
import type { RecordedEvent } from '@undertone/contracts/event';
import { computeExportSnapshots } from '@undertone/contracts/jobs/compute-export-snapshots';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { JobRequested } from '@undertone/contracts/jobs/job';
import type { PersonalEvent } from '@undertone/contracts/jobs/personal-event';
import type { OwnedTask, Task } from '@undertone/contracts/jobs/task';
import { streams } from '@undertone/contracts/streams';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { type EventStore, LogUnavailable } from '@undertone/platform/event-store/event-store';
import { evolveTask, isAfterEnd } from '@undertone/platform/jobs/task';
import { placeInLog } from '../event-streams/place-in-log.js';
import type { Follower, SentEvent } from '../event-streams/serve-events.js';
import type { RecentJobs } from './recent-jobs.js';

/** Until the log is asked again that did not answer. */
const AGAIN_MS = 500;
/** After so many events of others a follower is told how far the log is: coming back it need not go through them. */
const TOLD_EVERY = 10_000;

export interface PersonDependencies {
  readonly store: EventStore;
  readonly recentJobs: RecentJobs;
}

/**
 * All that becomes of a person's tasks, and what comes of them, from now on or behind what was seen last. An event's id is its place
 * in the log, which is the same for every replica. What comes of a task stands before its end, under the place before that: whoever is
 * cut off between the two is told again.
 */
export async function* followPerson(
  { store, recentJobs }: PersonDependencies,
  userId: string,
  { lastEventId, signal }: Pick<Follower, 'lastEventId' | 'signal'>,
): AsyncGenerator<SentEvent | undefined> {
  const { feed, position } = await recentJobs.follow(userId);
  try {
    const seen = placeInLog(lastEventId);
    let at = seen ?? position;
    let told = at;
    // An id that is none of this stream does not tell what its client has missed.
    if (seen === undefined) yield sent(at, { kind: lastEventId === undefined ? 'position' : 'reset' });
    while (!signal.aborted) {
      const changes = await patiently(() => feed.changes(at, signal), signal);
      if (signal.aborted) return;
      if (!changes) {
        at = position;
        told = at;
        yield sent(at, { kind: 'reset' });
        continue;
      }
      const { jobIds, upTo, hasMore } = changes;
      for (const event of (await patiently(() => eventsOf(store, jobIds, at, upTo), signal)) ?? []) {
        yield event;
        told = Number(event.id);
      }
      at = upTo;
      if (hasMore) continue;
      if (at - told >= TOLD_EVERY) {
        yield sent(at, { kind: 'position' });
        told = at;
      } else yield undefined;
      at = await feed.next(at, signal);
    }
  } finally {
    feed.close();
  }
}

/** Whoever follows does so through outages of the log. */
async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
      await pause(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

async function eventsOf(
  store: EventStore,
  jobIds: ReadonlySet<string>,
  after: number,
  upTo: number,
): Promise<SentEvent[]> {
  const told: { sequence: number; events: SentEvent[] }[] = [];
  for (const jobId of jobIds) {
    let before: OwnedTask | undefined;
    let isReplay = false;
    for (const event of await store.readFiltered(streams.JOBS.name, anyJobFilter(jobId))) {
      const { sequence } = event;
      const now = evolveTask(before, event);
      isReplay ||= event.type === JobRequested.type && now !== before && isOfReplay(event);
      if (now && now !== before && !isAfterEnd(event) && sequence > after && sequence <= upTo) {
        const made = isReplay ? [] : madeBy(now.task);
        told.push({
          sequence,
          events: [
            ...made.map((one) => sent(sequence - 1, one)),
            sent(sequence, { kind: 'task', task: now.task }),
          ],
        });
      }
      before = now;
    }
  }
  return told.sort((a, b) => a.sequence - b.sequence).flatMap(({ events }) => events);
}

const sent = (sequence: number, data: PersonalEvent): SentEvent => ({
  id: String(sequence),
  event: data.kind,
  data,
});

/** What a replay writes is hidden until it is activated. */
const isOfReplay = (event: RecordedEvent): boolean => JobRequested.read(event)?.payload.replay !== undefined;

/** What came of a task that is there now and was not before. */
function madeBy({ task_id, job_type, status, result }: Task): PersonalEvent[] {
  if (status !== 'SUCCESS') return [];
  switch (job_type) {
    case ingestListeningData.type: {
      const { data } = ingestListeningData.result.safeParse(result);
      return data && !data.reused ? [{ kind: 'snapshot', task_id, snapshot_id: data.snapshot_id }] : [];
    }
    case computeExportSnapshots.type: {
      const { data } = computeExportSnapshots.result.safeParse(result);
      return Object.values(data?.snapshot_ids ?? {}).map((snapshot_id) => ({
        kind: 'snapshot',
        task_id,
        snapshot_id,
      }));
    }
    case generateInsight.type: {
      const { data } = generateInsight.result.safeParse(result);
      return data ? [{ kind: 'insight', task_id, insight_id: data.insight_id }] : [];
    }
    case importHistory.type: {
      const { data } = importHistory.result.safeParse(result);
      return data && !data.report ? [{ kind: 'import', task_id, import_id: data.import_id }] : [];
    }
    default:
      return [];
  }
}
