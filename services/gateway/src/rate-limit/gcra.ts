/**
 * The generic cell rate algorithm: so much in any window, spread as the caller likes, and no moment at which all that was used is forgotten at
 * once. Of each key one number is kept: when the caller would have used nothing at all again. Source: ITU-T I.371, annex A.
 */
export interface Policy {
  /** As answers name it. */
  readonly name: string;
  /** What may be used in a window: requests, or bytes. */
  readonly limit: number;
  readonly windowSeconds: number;
}

/** Something that is counted: whose it is, by which policy, and how much of it is used now. */
export interface Use {
  readonly key: string;
  readonly policy: Policy;
  readonly cost: number;
}

/** What a use left. */
export interface Left {
  readonly policy: Policy;
  readonly allowed: boolean;
  /** What may still be used at this moment. */
  readonly remaining: number;
  /** Until there is something again, where there is nothing; else until all is there again. */
  readonly seconds: number;
}

/**
 * KEYS: what is counted. ARGV: for each key the window in ms, the limit and the cost. Nothing is used where one of them has not enough left.
 * Redis's own clock is used: replicas need not agree on the time.
 * @returns for each key the ms until it has its whole window again, before and after this use; the same twice where nothing was used.
 */
export const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local answer, later, allowed = {}, {}, true
for i = 1, #KEYS do
  local window, limit, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local busy = math.max(0, tonumber(redis.call('GET', KEYS[i]) or '0') - now)
  later[i] = busy + window * cost / limit
  if later[i] > window then allowed = false end
  answer[2 * i - 1] = string.format('%.3f', busy)
end
for i = 1, #KEYS do
  if allowed and tonumber(ARGV[3 * i]) > 0 then
    redis.call('SET', KEYS[i], string.format('%.3f', now + later[i]), 'PX', math.ceil(later[i]))
  end
  answer[2 * i] = allowed and string.format('%.3f', later[i]) or answer[2 * i - 1]
end
return answer`;

/** The arguments of `TAKE`. */
export const argumentsOf = (uses: readonly Use[]): number[] =>
  uses.flatMap(({ policy, cost }) => [policy.windowSeconds * 1000, policy.limit, cost]);

/** What a key left, from what `TAKE` says of it. */
export function leftOf({ policy, cost }: Use, busyBefore: number, busyAfter: number): Left {
  const { limit, windowSeconds } = policy;
  const window = windowSeconds * 1000;
  const allowed = busyBefore + (window * cost) / limit <= window;
  const remaining = Math.max(0, Math.floor((limit * (window - busyAfter)) / window + 1e-6));
  const wait = allowed ? busyAfter : busyBefore + (window * cost) / limit - window;
  return { policy, allowed, remaining, seconds: Math.max(1, Math.ceil(wait / 1000)) };
}

/** How many keys one process counts by itself. */
const MOST_KEYS = 10_000;

/** The same in this process alone: for as long as Redis is away. It forgets what was used longest ago. */
export class OwnCounts {
  private readonly freeAt = new Map<string, number>();

  constructor(private readonly now: () => number) {}

  take(uses: readonly Use[]): Left[] {
    const now = this.now();
    const counted = uses.map((use) => {
      const { windowSeconds, limit } = use.policy;
      const busy = Math.max(0, (this.freeAt.get(use.key) ?? 0) - now);
      return { use, busy, later: busy + (windowSeconds * 1000 * use.cost) / limit };
    });
    const isAllowed = counted.every(({ use, later }) => later <= use.policy.windowSeconds * 1000);
    return counted.map(({ use, busy, later }) => {
      if (isAllowed && use.cost > 0) this.keep(use.key, now + later);
      return leftOf(use, busy, isAllowed ? later : busy);
    });
  }

  private keep(key: string, until: number): void {
    this.freeAt.delete(key);
    this.freeAt.set(key, until);
    const [oldest] = this.freeAt.keys();
    if (this.freeAt.size > MOST_KEYS && oldest !== undefined) this.freeAt.delete(oldest);
  }
}
