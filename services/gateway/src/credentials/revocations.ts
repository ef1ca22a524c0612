import { REVOCATIONS, WHOLE } from '@undertone/contracts/sign-in/revocations';
import { listRevoked } from '@undertone/contracts/sign-in/rpc';
import { isRedisFault, type RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';

/** How long an answer of identity is good that stands in for Redis. */
const KEPT_MS = 500;
const MOST = 10_000;
/** The most ids in one question. */
const AT_ONCE = 1_000;

/**
 * Which sessions and API keys are over: from the list in Redis, or, where that is away, refuses or was emptied, from identity. Where
 * neither answers nobody gets in.
 */
export class Revocations {
  private readonly asked = new Map<string, { readonly answer: Promise<boolean>; readonly at: number }>();

  constructor(
    private readonly redis: RedisBreaker,
    private readonly rpc: RpcClient,
  ) {}

  /** @throws {ServiceUnavailable} neither Redis nor identity can tell. */
  async isRevoked(id: string): Promise<boolean> {
    const listed = await this.listed([id]);
    return listed ? listed.has(id) : this.askedOf(id);
  }

  /** Those of the ids that are over. @throws {ServiceUnavailable} neither Redis nor identity can tell. */
  async among(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const over = new Set<string>();
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const some = ids.slice(at, at + AT_ONCE);
      const listed = await this.listed(some);
      const found = listed ?? (await this.rpc.ask(listRevoked, { ids: some })).revoked;
      for (const id of found) over.add(id);
    }
    return over;
  }

  /** @returns `undefined` where Redis does not have the whole list. */
  private async listed(ids: readonly string[]): Promise<ReadonlySet<string> | undefined> {
    try {
      const [scores, time] = await this.redis.ask((redis) =>
        // Redis' clock says how old the list is, whatever the clocks of the machines say.
        Promise.all([redis.zmscore(REVOCATIONS, WHOLE, ...ids), redis.time()]),
      );
      const [whole, ...found] = scores;
      const [seconds, microseconds] = time.map(Number);
      if (whole == null || Number(whole) < (seconds ?? 0) + (microseconds ?? 0) / 1e6) return undefined;
      return new Set(ids.filter((_, at) => found[at] != null));
    } catch (error) {
      if (isRedisFault(error)) return undefined;
      throw error;
    }
  }

  private askedOf(id: string): Promise<boolean> {
    const before = this.asked.get(id);
    if (before && performance.now() - before.at < KEPT_MS) return before.answer;
    const answer = this.rpc.ask(listRevoked, { ids: [id] }).then(({ revoked }) => revoked.includes(id));
    this.asked.delete(id);
    this.asked.set(id, { answer, at: performance.now() });
    // A failure is not kept.
    answer.catch(() => this.asked.delete(id));
    const oldest = this.asked.keys().next();
    if (this.asked.size > MOST && !oldest.done) this.asked.delete(oldest.value);
    return answer;
  }
}
