import { createHash } from 'node:crypto';
import type { RecordedEvent } from '@undertone/contracts/event';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { isTerminal } from '@undertone/contracts/jobs/job';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import { streams } from '@undertone/contracts/streams';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { isRedisFault, type RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { type EventStore, LogUnavailable } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import {
  IdempotencyMismatch,
  requestDerivedJob,
  requestedJobId,
  requestJob,
} from '@undertone/platform/jobs/request-job';
import { evolveTask } from '@undertone/platform/jobs/task';
import type { Logger } from '@undertone/platform/logging/logger';
import type { KnownUsers } from '../users/known-users.js';

export interface IngestDependencies {
  readonly store: EventStore;
  readonly users: KnownUsers;
  readonly redis: RedisBreaker;
  readonly log: Logger;
}

interface Wanted {
  readonly user_id: string;
  readonly time_range: TimeRange;
}

/** The task, and whether it is one that was asked for before and has not ended. */
export interface RequestedIngest {
  readonly taskId: string;
  readonly reused: boolean;
}

const DAY_SECONDS = 24 * 60 * 60;
/** As long as a job may wait. */
const HELD_SECONDS = 14 * DAY_SECONDS;
const asked = { lane: 'interactive', source: 'gateway' } as const;

/** Puts a job in the place of another. @returns the one that is there then. */
const TAKE_PLACE = `
local held = redis.call('GET', KEYS[1])
if (held or '') ~= ARGV[1] then return held or '' end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return ARGV[2]`;

/**
 * Asks for an ingest of somebody who is known, or gives the one of the person and range that has not ended. Redis knows which that is:
 * without it there may be a second one, which finds what the first one fetched.
 * @throws {HttpProblem} 404 when there is no such user.
 * @throws {IdempotencyMismatch} the key was used with another range.
 */
export async function requestIngest(
  { store, users, redis, log }: IngestDependencies,
  payload: Wanted,
  idempotencyKey: string | undefined,
): Promise<RequestedIngest> {
  const { user_id, time_range } = payload;
  await users.mustExist(user_id);
  const own = idempotencyKey ? requestedJobId(ingestListeningData, user_id, idempotencyKey) : newId();
  const request = async (): Promise<RequestedIngest> => {
    if (idempotencyKey) await requestJob(store, ingestListeningData, { ...asked, payload, idempotencyKey });
    else await requestDerivedJob(store, ingestListeningData, { ...asked, payload, jobId: own });
    return { taskId: own, reused: false };
  };
  // The log knows what a key asked for, for longer than Redis.
  if (idempotencyKey && (await lastOf(store, own))) return request();
  const keyName = `idempotency:ingest-key:${hash(own)}`;
  let other: string;
  try {
    const given = idempotencyKey && (await redis.ask((client) => client.get(keyName)));
    const [range, before] = given ? given.split(' ') : [];
    if (range !== undefined && range !== time_range) throw new IdempotencyMismatch();
    if (before !== undefined) return { taskId: masked(before, payload), reused: true };
    other = await underWay({ store, redis }, payload, own);
    if (other !== own && idempotencyKey)
      await redis.ask((client) =>
        client.set(keyName, `${time_range} ${masked(other, payload)}`, 'EX', DAY_SECONDS),
      );
  } catch (error) {
    if (!isRedisFault(error)) throw error;
    log.warn({ err: error }, 'it is not known whether an ingest is under way');
    return request();
  }
  return other === own ? request() : { taskId: other, reused: true };
}

/** @returns the ingest of the person and range that is to be followed: one that has not ended, or the caller's own. */
async function underWay(
  { store, redis }: Pick<IngestDependencies, 'store' | 'redis'>,
  payload: Wanted,
  own: string,
): Promise<string> {
  const name = `idempotency:ingest:${hash(`${payload.user_id} ${payload.time_range}`)}`;
  const mine = masked(own, payload);
  let held = (await redis.ask((client) => client.get(name))) ?? '';
  for (;;) {
    const jobId = held && masked(held, payload);
    if (jobId && jobId !== own && !(await hasEnded(store, payload, jobId))) return jobId;
    const before = held;
    held = String(await redis.ask((client) => client.eval(TAKE_PLACE, 1, name, before, mine, HELD_SECONDS)));
    if (held === mine) return own;
  }
}

async function hasEnded(store: EventStore, payload: Wanted, jobId: string): Promise<boolean> {
  let last = await lastOf(store, jobId);
  if (!last) {
    // Whoever took the place is about to ask for it, or died before; or the log is away, which this waits for.
    const request = await requestDerivedJob(store, ingestListeningData, { ...asked, payload, jobId });
    if (request && !request.duplicate) return false;
    last = await store.last(streams.JOBS.name, anyJobFilter(jobId));
  }
  const task = last && evolveTask(undefined, last)?.task;
  return task !== undefined && isTerminal(task.status);
}

/** The last event of a job; `undefined` also where the log does not answer. */
async function lastOf(store: EventStore, jobId: string): Promise<RecordedEvent | undefined> {
  try {
    return await store.last(streams.JOBS.name, anyJobFilter(jobId));
  } catch (error) {
    if (error instanceof LogUnavailable) return undefined;
    throw error;
  }
}

/** A job's id, as Redis has it, and back: what stands there may outlive the person, and then names nothing that was theirs. */
function masked(id: string, { user_id, time_range }: Wanted): string {
  const mask = createHash('sha256').update(`${user_id} ${time_range}`).digest();
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex').map((byte, at) => byte ^ (mask[at] ?? 0));
  const [, ...parts] = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(Buffer.from(bytes).toString('hex')) ?? [];
  return parts.join('-');
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');
