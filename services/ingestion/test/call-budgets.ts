import { MikroORM } from '@mikro-orm/postgresql';
import { connectRedis } from '@undertone/platform/cache/read-cache';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { PostponedJobError } from '@undertone/platform/jobs/job-errors';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { CallBudget } from '../src/provider-calls/call-budget.js';
import { ProviderPauses } from '../src/provider-calls/provider-pauses.js';
import { type Harness, startHarness } from './harness.js';

/** So that a busy machine's Redis does not count as away where it is there. */
export const PATIENT_MS = 15_000;

interface Sizes {
  readonly limit?: number;
  readonly ms?: number;
  readonly daily?: number;
  readonly redis?: RedisBreaker;
}

/** What the tests of budgets share: connections to one Redis, and the database that keeps the pauses. */
export class CallBudgets {
  private readonly connections: RedisBreaker[] = [];

  private constructor(private readonly harness: Harness) {}

  static async start(): Promise<CallBudgets> {
    const budgets = new CallBudgets(await startHarness());
    await budgets.connected();
    return budgets;
  }

  async stop(): Promise<void> {
    for (const connection of this.connections) connection.redis.disconnect();
    await this.harness.stop();
  }

  get redis(): RedisBreaker['redis'] {
    return this.first.redis;
  }

  async connected(): Promise<RedisBreaker> {
    const { redisUrl, redisPrefix } = this.harness.infrastructure;
    const connection = new RedisBreaker(
      connectRedis({ REDIS_URL: redisUrl }, redisPrefix, silent),
      silent,
      PATIENT_MS,
    );
    this.connections.push(connection);
    await eventually('Redis is there', () => connection.isUp);
    return connection;
  }

  pauses(): ProviderPauses {
    return new ProviderPauses(this.harness.service.get<MikroORM>(MikroORM));
  }

  of(account: string, { limit = 10, ms = 2_000, daily = 1_000, redis = this.first }: Sizes = {}): CallBudget {
    return new CallBudget({
      provider: 'Spotify',
      account,
      windows: [
        { name: 'short', ms, bucketMs: 100, limit },
        { name: 'day', ms: 86_400_000, bucketMs: 300_000, limit: daily },
      ],
      redis,
      pauses: this.pauses(),
      log: silent,
      random: () => 0.5,
    });
  }

  private get first(): RedisBreaker {
    const [first] = this.connections;
    if (!first) throw new Error('there is no connection yet');
    return first;
  }
}

export const postponed = async (asked: Promise<unknown>): Promise<PostponedJobError> => {
  const error: unknown = await asked.then(
    () => undefined,
    (refused: unknown) => refused,
  );
  if (error instanceof PostponedJobError) return error;
  throw new Error('it was not postponed', { cause: error });
};

/** Takes one call after another until one is refused. */
export async function spend(from: CallBudget, lane: 'interactive' | 'bulk' = 'interactive') {
  for (let taken = 0; ; taken += 1) {
    try {
      await from.take(1, lane);
    } catch (error) {
      return { taken, error: error as PostponedJobError };
    }
  }
}
