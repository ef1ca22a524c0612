import type { Lane } from '@undertone/contracts/jobs/queues';
import type { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { newId } from '@undertone/platform/ids/ids';
import { PostponedJobError } from '@undertone/platform/jobs/job-errors';
import type { Logger } from '@undertone/platform/logging/logger';
import { GIVE_BACK, LEARN, TAKE, TURN, USE } from './call-budget-scripts.js';
import { CallsAlone } from './calls-alone.js';
import type { PauseKind } from './provider-pause.entity.js';
import type { ProviderPauses } from './provider-pauses.js';
import type { CallWindow, Reservation, WaitingJob } from './reservation.js';

/** The share of every limit that bulk runs may use: the rest is for people who wait. */
const BULK_SHARE = 0.8;
/** The queue of turns of bulk runs; that of people is as long as the shortest window. */
const LONGEST_BULK_QUEUE_MS = 60 * 60_000;

/**
 * The calls that one developer account may make at one provider, counted in Redis for all replicas together.
 *
 * Whoever must wait is given a turn: no two at the same moment, at the pace at which the limit lets calls through, so
 * that jobs which wait together do not come back together. Bulk runs have turns of their own, behind nobody else's. The
 * queue of turns has a maximum length, counted from when a call is free, and then starts over: turns of jobs that were
 * cancelled, or never got their answer from Redis, cannot be given back, and must not add up.
 *
 * Calls are held for the jobs that wait in a lane, in the order of asking. Newcomers take none of them, and who finds too few at
 * its turn comes again when there are enough.
 *
 * Calls are reserved, then made one by one. A reservation that is not used for as long as the shortest window lapses: its
 * process died, or Redis ran the script and the answer did not arrive in time, so nobody knows of it.
 *
 * What the provider said about waiting is in Postgres first and in Redis for speed. While Redis is away nothing fails:
 * each replica goes on alone, with a tenth of the limits.
 */
export class CallBudget {
  private readonly alone: CallsAlone;

  constructor(
    private readonly options: {
      readonly provider: string;
      /** Names the developer account; part of the key in Redis and in `provider_pause`. */
      readonly account: string;
      /** The shortest first: its pace is that of turns after a pause. */
      readonly windows: readonly [CallWindow, ...CallWindow[]];
      readonly redis: RedisBreaker;
      readonly pauses: ProviderPauses;
      readonly log: Logger;
      readonly random?: () => number;
    },
  ) {
    this.alone = new CallsAlone(options.windows, options.random ?? Math.random);
  }

  /**
   * Takes calls, all or none, and none that are held for jobs which have waited for longer.
   * @param job absent: whoever asks does not come back, so nothing is held for it.
   * @throws {PostponedJobError} when they cannot be made now.
   */
  async take(calls: number, lane: Lane, job?: WaitingJob): Promise<Reservation> {
    const windows = this.windowsOf(lane);
    const most = Math.min(calls, ...windows.map(({ limit }) => limit));
    const id = newId();
    const args = windows.flatMap(({ name, ms, bucketMs, limit }) => [name, bucketMs, ms, limit, ms / limit]);
    const [shortest] = windows;
    const take = () => this.askInLane(TAKE, lane, job, shortest.ms, most, id, this.lapseMs, ...args);
    let answer = await take();
    if (answer?.[0] === 'unknown') {
      await this.recall();
      answer = await take();
    }
    if (!answer || answer[0] === 'unknown') return this.takeAlone(calls, lane);
    const [why, at] = answer as [string, string];
    if (why !== 'taken') throw this.postponed(why, new Date(Number(at)));
    return { left: most, lane, id, at: Number(at) };
  }

  /** Counts one reserved call as made now. */
  async use(reservation: Reservation): Promise<void> {
    reservation.left -= 1;
    const { id } = reservation;
    if (id === undefined) return this.alone.use(reservation);
    const buckets = this.options.windows.flatMap(({ name, bucketMs }) => [name, bucketMs]);
    await this.ask(USE, id, this.lapseMs, ...buckets);
  }

  /** Gives calls back that were not made. */
  async giveBack(reservation: Reservation): Promise<void> {
    const { id, left } = reservation;
    reservation.left = 0;
    if (left === 0) return;
    if (id === undefined) return this.alone.giveBack(reservation, left);
    await this.ask(GIVE_BACK, id);
  }

  /** The provider said to wait. @returns what to throw: the turn of whoever heard it. */
  async pause(kind: PauseKind, until: Date, lane: Lane, job?: WaitingJob): Promise<PostponedJobError> {
    const { account, pauses, log } = this.options;
    log.warn({ account, kind, resume_at: until }, 'the provider takes no more calls');
    await pauses
      .keep(account, kind, until)
      .catch((error: unknown) => log.error({ err: error, account }, 'a pause is not kept in Postgres'));
    // Without Postgres what was just heard is at least known in Redis.
    await this.recall().catch(() => undefined);
    await this.learn([{ kind, resumeAt: until }]);
    return this.postponed(kind, await this.turnAfter(until, lane, job));
  }

  /** A turn for one who must wait for another reason than this budget. */
  async turnAfter(earliest: Date, lane: Lane, job?: WaitingJob): Promise<Date> {
    const [window] = this.windowsOf(lane);
    const pace = window.ms / window.limit;
    const turn = await this.askInLane(TURN, lane, job, earliest.getTime(), pace);
    const { random = Math.random } = this.options;
    return new Date(typeof turn === 'string' ? Number(turn) : earliest.getTime() + random() * window.ms);
  }

  private postponed(why: string, at: Date): PostponedJobError {
    const { provider } = this.options;
    switch (why) {
      case 'rate':
        return new PostponedJobError('PROVIDER_RATE_LIMITED', `${provider} asks to wait`, at);
      case 'quota':
        return new PostponedJobError('PROVIDER_QUOTA_EXCEEDED', `the quota at ${provider} is used up`, at);
      default:
        return new PostponedJobError('CALL_BUDGET_SPENT', `the budget of calls to ${provider} is spent`, at);
    }
  }

  private windowsOf(lane: Lane): [CallWindow, ...CallWindow[]] {
    const share = lane === 'bulk' ? BULK_SHARE : 1;
    return this.options.windows.map((window) => ({
      ...window,
      limit: Math.max(1, Math.floor(window.limit * share)),
    })) as [CallWindow, ...CallWindow[]];
  }

  private get lapseMs(): number {
    return this.options.windows[0].ms;
  }

  private longestQueueMs(lane: Lane): number {
    const shortest = this.options.windows[0].ms;
    return lane === 'bulk' ? Math.max(shortest, LONGEST_BULK_QUEUE_MS) : shortest;
  }

  private async recall(): Promise<void> {
    await this.learn(await this.options.pauses.of(this.options.account));
  }

  private async learn(pauses: readonly { kind: PauseKind; resumeAt: Date }[]): Promise<void> {
    await this.ask(LEARN, ...pauses.flatMap(({ kind, resumeAt }) => [kind, resumeAt.getTime()]));
  }

  private async takeAlone(calls: number, lane: Lane): Promise<Reservation> {
    const { account, pauses, windows, random = Math.random } = this.options;
    const [pause] = (await pauses.of(account)).sort((a, b) => b.resumeAt.getTime() - a.resumeAt.getTime());
    if (pause) {
      throw this.postponed(pause.kind, new Date(pause.resumeAt.getTime() + random() * windows[0].ms));
    }
    const taken = this.alone.take(calls, lane);
    if (typeof taken === 'number') throw this.postponed('budget', new Date(Date.now() + taken));
    return taken;
  }

  private ask(script: string, ...args: (string | number)[]): Promise<unknown[] | string | undefined> {
    return this.evaluate(script, [this.key], args);
  }

  private askInLane(
    script: string,
    lane: Lane,
    job: WaitingJob | undefined,
    ...args: (string | number)[]
  ): Promise<unknown[] | string | undefined> {
    const keys = [this.key, `${this.key}:turns:${lane}`, `${this.key}:waiting:${lane}`];
    const since = (job?.since ?? new Date()).getTime();
    return this.evaluate(script, keys, [job?.id ?? '', since, lane, this.longestQueueMs(lane), ...args]);
  }

  private get key(): string {
    return `v1:calls:${this.options.account}`;
  }

  /** @returns nothing when Redis is away. */
  private async evaluate(
    script: string,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown[] | string | undefined> {
    const { redis, account, log } = this.options;
    if (!redis.isUp) return undefined;
    try {
      const answer = await redis.ask((connection) => connection.eval(script, keys.length, ...keys, ...args));
      return (answer as unknown[] | string | null) ?? undefined;
    } catch (error) {
      log.warn({ err: error, account }, 'calls are not counted in Redis');
      return undefined;
    }
  }
}
