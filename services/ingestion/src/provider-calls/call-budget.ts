import type { Lane } from '@undertone/contracts/jobs/queues';
import { inTime } from '@undertone/platform/cache/in-time';
import { PostponedJobError } from '@undertone/platform/jobs/job-errors';
import type { Logger } from '@undertone/platform/logging/logger';
import type { Redis } from 'ioredis';
import { LEARN, SETTLE, TAKE, TURN } from './call-budget-scripts.js';
import type { PauseKind } from './provider-pause.entity.js';
import type { ProviderPauses } from './provider-pauses.js';

/** How many calls an account may make in any stretch of time of this length. */
export interface CallWindow {
  readonly name: string;
  readonly ms: number;
  /** How finely calls are counted; a call may count so much longer. */
  readonly bucketMs: number;
  readonly limit: number;
}

/** Calls that were taken together and are made one after another. */
export interface Reservation {
  left: number;
  /** When they were taken, by Redis's clock; absent where Redis was away. */
  readonly at: number | undefined;
}

/** The share of every limit that bulk runs may use: the rest is for people who wait. */
const BULK_SHARE = 0.8;
/** While Redis is away a replica calls as if there were so many like it. */
const ASSUMED_REPLICAS = 10;

/**
 * The calls that one developer account may make at one provider, counted in Redis for all replicas together.
 *
 * Whoever must wait is given a turn: no two at the same moment, at the pace at which the limit lets calls through, so
 * that jobs which wait together do not come back together. Bulk runs have turns of their own, behind nobody else's.
 *
 * What the provider said about waiting is in Postgres first and in Redis for speed. While Redis is away nothing fails:
 * each replica goes on alone, at a tenth of the pace.
 */
export class CallBudget {
  private aloneUntil = 0;

  constructor(
    private readonly options: {
      readonly provider: string;
      /** Names the developer account; part of the key in Redis and in `provider_pause`. */
      readonly account: string;
      /** The shortest first: its pace is that of turns after a pause. */
      readonly windows: readonly [CallWindow, ...CallWindow[]];
      readonly redis: Redis;
      readonly pauses: ProviderPauses;
      readonly log: Logger;
      readonly random?: () => number;
    },
  ) {}

  /** Takes calls, all or none. @throws {PostponedJobError} when they cannot be made now. */
  async take(calls: number, lane: Lane): Promise<Reservation> {
    const windows = this.windowsOf(lane);
    const most = Math.min(calls, ...windows.map(({ limit }) => limit));
    const args = windows.flatMap(({ name, ms, bucketMs, limit }) => [name, bucketMs, ms, limit, ms / limit]);
    let answer = await this.ask(TAKE, most, lane, ...args);
    if (answer?.[0] === 'unknown') {
      await this.recall();
      answer = await this.ask(TAKE, most, lane, ...args);
    }
    if (!answer || answer[0] === 'unknown') return this.takeAlone(most);
    const [why, at] = answer as [string, string];
    if (why !== 'taken') throw this.postponed(why, new Date(Number(at)));
    return { left: most, at: Number(at) };
  }

  /** Counts one reserved call as made now. */
  async use(reservation: Reservation): Promise<void> {
    reservation.left -= 1;
    await this.settle(reservation, 0, 1);
  }

  /** Gives calls back that were not made. */
  async giveBack(reservation: Reservation): Promise<void> {
    const { left } = reservation;
    reservation.left = 0;
    if (left > 0) await this.settle(reservation, left, 0);
  }

  /** The provider said to wait. @returns what to throw: the turn of whoever heard it. */
  async pause(kind: PauseKind, until: Date, lane: Lane): Promise<PostponedJobError> {
    const { account, pauses, log } = this.options;
    log.warn({ account, kind, resume_at: until }, 'the provider takes no more calls');
    await pauses
      .keep(account, kind, until)
      .catch((error: unknown) => log.error({ err: error, account }, 'a pause is not kept in Postgres'));
    // Without Postgres what was just heard is at least known in Redis.
    await this.recall().catch(() => undefined);
    await this.learn([{ kind, resumeAt: until }]);
    return this.postponed(kind, await this.turnAfter(until, lane));
  }

  /** A turn for one who must wait for another reason than this budget. */
  async turnAfter(earliest: Date, lane: Lane): Promise<Date> {
    const [window] = this.windowsOf(lane);
    const pace = window.ms / window.limit;
    const turn = await this.ask(TURN, lane, earliest.getTime(), pace);
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

  private async recall(): Promise<void> {
    await this.learn(await this.options.pauses.of(this.options.account));
  }

  private async learn(pauses: readonly { kind: PauseKind; resumeAt: Date }[]): Promise<void> {
    await this.ask(LEARN, ...pauses.flatMap(({ kind, resumeAt }) => [kind, resumeAt.getTime()]));
  }

  private async takeAlone(calls: number): Promise<Reservation> {
    const { account, pauses, windows, random = Math.random } = this.options;
    const [pause] = (await pauses.of(account)).sort((a, b) => b.resumeAt.getTime() - a.resumeAt.getTime());
    const now = Date.now();
    const gap = calls * ASSUMED_REPLICAS * Math.max(...windows.map(({ ms, limit }) => ms / limit));
    if (pause) throw this.postponed(pause.kind, new Date(pause.resumeAt.getTime() + random() * gap));
    if (now < this.aloneUntil) {
      const turn = this.aloneUntil;
      this.aloneUntil += gap;
      throw this.postponed('budget', new Date(turn));
    }
    this.aloneUntil = now + gap;
    return { left: calls, at: undefined };
  }

  private async settle({ at }: Reservation, back: number, made: number): Promise<void> {
    if (at === undefined) return;
    const buckets = this.options.windows.flatMap(({ name, bucketMs }) => [name, bucketMs]);
    await this.ask(SETTLE, at, back, made, ...buckets);
  }

  /** @returns nothing when Redis is away. */
  private async ask(script: string, ...args: (string | number)[]): Promise<unknown[] | string | undefined> {
    const { redis, account, log } = this.options;
    if (redis.status !== 'ready') return undefined;
    try {
      const answer = await inTime(redis.eval(script, 1, `v1:calls:${account}`, ...args));
      return (answer as unknown[] | string | null) ?? undefined;
    } catch (error) {
      log.warn({ err: error, account }, 'calls are not counted in Redis');
      return undefined;
    }
  }
}
