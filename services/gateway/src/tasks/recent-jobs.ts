import { setTimeout as pause } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { RecordedEvent } from '@undertone/contracts/event';
import { streams } from '@undertone/contracts/streams';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import type { Logger } from '@undertone/platform/logging/logger';
import { z } from 'zod';
import { FIRST_LOOK_MS, nextLook, WakeUps } from '../event-streams/wake-ups.js';

/** Events of jobs, without what the server schedules in the same stream. */
const JOBS = 'jobs.>';
const { name: STREAM } = streams.JOBS;
const BATCH = 500;
/** Events that are remembered at least, and twice as many at most: about 150 bytes each. */
const REMEMBERED = 20_000;
/** How far back the first look goes: after a restart everybody comes back at once. */
const FIRST_BACK = 5_000;
/** Whoever saw less of the log than this has to read the lists again; so much is read again for one follower at a time. */
const MOST_BEHIND = 50_000;
/** Jobs that one step of a follower is about. */
const MOST_JOBS = 50;
/** After so many events of others a follower is told how far the log is, so that it need not go through them when it comes back. */
const TOLD_EVERY = 10_000;
const AGAIN_MS = 500;

const whose = z.object({ job_id: z.string(), user_id: z.string() });

interface Happened {
  readonly sequence: number;
  readonly userId: string;
  readonly jobId: string;
}

/** Which of a person's jobs had events behind a place in the log, up to another. */
export interface Changes {
  readonly jobIds: ReadonlySet<string>;
  readonly upTo: number;
  /** There is more, of which the next step tells. */
  readonly hasMore: boolean;
}

/** One follower of a person's jobs. It holds a place in the log, and nothing of what happens. */
export interface Feed {
  /** What changed behind a place, in steps; `undefined` where that is too long ago, or of another log. */
  changes(after: number, signal: AbortSignal): Promise<Changes | undefined>;
  /** Resolves when something happened, or the signal aborts. @returns from where on to look, at least. */
  next(after: number, signal: AbortSignal): Promise<number>;
  close(): void;
}

interface Follower {
  readonly userId: string;
  /** The place before the first event that it has not looked at. */
  pending: number | undefined;
  wake: (() => void) | undefined;
}

/**
 * Whose jobs had events of late: read from the log once for a whole process, while there is anybody who follows, and told to
 * those who follow the person. There is no consumer on the server, and each follower is as slow as it likes.
 */
export class RecentJobs {
  private readonly followers = new Map<string, Set<Follower>>();
  private happened: Happened[] = [];
  /** Everything behind this place is among what is remembered. */
  private from = 0;
  private position = 0;
  private running: AbortController | undefined;
  private begun: Promise<void> = Promise.resolve();
  private reading: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly nats: NatsConnection,
    private readonly store: EventStore,
    private readonly log: Logger,
    private readonly sizes = { remembered: REMEMBERED, firstBack: FIRST_BACK, behind: MOST_BEHIND },
  ) {}

  /** @returns the feed, and how far the log is. @throws {LogUnavailable} */
  async follow(userId: string): Promise<{ feed: Feed; position: number }> {
    const follower: Follower = { userId, pending: undefined, wake: undefined };
    const all = this.followers.get(userId) ?? new Set();
    this.followers.set(userId, all.add(follower));
    const close = () => {
      all.delete(follower);
      if (all.size === 0 && this.followers.get(userId) === all) this.followers.delete(userId);
      if (this.followers.size === 0) this.stop();
    };
    try {
      if (!this.running) this.start();
      await this.begun;
    } catch (error) {
      close();
      throw error;
    }
    const feed: Feed = {
      changes: (after, signal) => this.changes(userId, after, signal),
      next: (after, signal) => this.next(follower, after, signal),
      close,
    };
    return { feed, position: this.position };
  }

  private start(): void {
    const running = new AbortController();
    this.running = running;
    this.begun = this.begin();
    this.begun.then(
      () => void this.run(running.signal),
      () => this.stop(),
    );
  }

  private stop(): void {
    this.running?.abort();
    this.running = undefined;
    this.happened = [];
  }

  private async begin(): Promise<void> {
    const { first, last } = await this.store.extent(STREAM);
    this.from = Math.max(first - 1, last - this.sizes.firstBack, 0);
    this.position = this.from;
    while (await this.read());
  }

  private async run(signal: AbortSignal): Promise<void> {
    const wakeUps = new WakeUps(this.nats, JOBS);
    let lookMs = FIRST_LOOK_MS;
    try {
      while (!signal.aborted) {
        try {
          while (!signal.aborted && (await this.read()));
          lookMs = nextLook(lookMs, await wakeUps.next(lookMs, signal));
        } catch (error) {
          this.log.warn({ err: error }, 'the log cannot be followed');
          await pause(AGAIN_MS);
        }
      }
    } finally {
      wakeUps.close();
    }
  }

  /** @returns whether there may be more. */
  private async read(): Promise<boolean> {
    const running = this.running;
    const events = await this.store.readSome(STREAM, JOBS, this.position, BATCH);
    if (running !== this.running) return false;
    const before = this.position;
    for (const event of events) {
      this.position = event.sequence;
      const one = happenedOf(event);
      if (one) this.remember(one);
    }
    if (Math.floor(before / TOLD_EVERY) !== Math.floor(this.position / TOLD_EVERY)) {
      for (const all of this.followers.values()) for (const one of all) wake(one, this.position);
    }
    return events.length === BATCH;
  }

  private remember(one: Happened): void {
    this.happened.push(one);
    const { remembered } = this.sizes;
    if (this.happened.length > 2 * remembered) {
      this.happened = this.happened.slice(-remembered);
      this.from = (this.happened[0]?.sequence ?? 1) - 1;
    }
    for (const follower of this.followers.get(one.userId) ?? []) wake(follower, one.sequence - 1);
  }

  private async next(follower: Follower, after: number, signal: AbortSignal): Promise<number> {
    if (follower.pending === undefined && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const end = () => {
          signal.removeEventListener('abort', end);
          follower.wake = undefined;
          resolve();
        };
        follower.wake = end;
        signal.addEventListener('abort', end, { once: true });
      });
    }
    const from = Math.max(after, follower.pending ?? after);
    follower.pending = undefined;
    return from;
  }

  private async changes(userId: string, after: number, signal: AbortSignal): Promise<Changes | undefined> {
    const { position } = this;
    if (position - after > this.sizes.behind) return undefined;
    if (after >= this.from && after <= position) return changesOf(userId, this.happened, after, position);
    const { first, last } = await this.store.extent(STREAM);
    if (after > last || after < first - 1) return undefined;
    // Another replica has read on, and this one is about to.
    if (after > position) return { jobIds: new Set(), upTo: after, hasMore: false };
    // Long ones after one another: each is a walk through much of the log.
    const walk = this.reading.then(() => this.walk(userId, after, signal));
    this.reading = walk.catch(() => undefined);
    return walk;
  }

  private async walk(userId: string, after: number, signal: AbortSignal): Promise<Changes> {
    const jobIds = new Set<string>();
    let upTo = after;
    while (upTo < this.from && jobIds.size < MOST_JOBS && !signal.aborted) {
      const events = await this.store.readSome(STREAM, JOBS, upTo, BATCH);
      const happened = events.map(happenedOf).filter((one) => one !== undefined);
      const step = changesOf(userId, happened, upTo, events.at(-1)?.sequence ?? this.from);
      for (const jobId of step.jobIds) jobIds.add(jobId);
      upTo = Math.min(step.upTo, this.position);
    }
    return { jobIds, upTo, hasMore: true };
  }
}

function wake(follower: Follower, from: number): void {
  follower.pending ??= from;
  follower.wake?.();
}

function happenedOf({ sequence, data }: RecordedEvent): Happened | undefined {
  const { success, data: found } = whose.safeParse(data);
  return success ? { sequence, userId: found.user_id, jobId: found.job_id } : undefined;
}

/** @param all in order, from `after` or before on. */
function changesOf(userId: string, all: readonly Happened[], after: number, upTo: number): Changes {
  const jobIds = new Set<string>();
  let start = 0;
  for (let end = all.length; start < end; ) {
    const middle = (start + end) >>> 1;
    if ((all[middle]?.sequence ?? 0) <= after) start = middle + 1;
    else end = middle;
  }
  for (let at = start; at < all.length; at += 1) {
    const one = all[at];
    if (!one || one.sequence > upTo) break;
    if (one.userId !== userId) continue;
    if (jobIds.size === MOST_JOBS && !jobIds.has(one.jobId)) {
      return { jobIds, upTo: one.sequence - 1, hasMore: true };
    }
    jobIds.add(one.jobId);
  }
  return { jobIds, upTo, hasMore: false };
}
