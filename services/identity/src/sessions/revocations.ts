import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { LISTED_SECONDS, REVOCATIONS, WHOLE, WHOLE_SECONDS } from '@undertone/contracts/sign-in/revocations';
import { isRedisFault, RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import type { Logger } from '@undertone/platform/logging/logger';
import { Repeated } from '@undertone/platform/nest/repeated';
import { LOGGER } from '@undertone/platform/nest/tokens';

const EVERY_MS = 1_000;

/**
 * Writes into Redis which sessions and keys are over: at once when one ends, and once a second from the tables, which heals
 * whatever was missed because a process died, or because Redis was away or emptied.
 */
@Injectable()
export class Revocations extends Repeated {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(RedisBreaker) private readonly redis: RedisBreaker,
    @Inject(LOGGER) log: Logger,
  ) {
    super(log, 'the list of what was revoked could not be written', EVERY_MS);
    // What Redis has from before it was away lacks what ended meanwhile.
    redis.onUp(() => void this.write().catch(() => undefined));
  }

  protected async once(): Promise<number> {
    await this.write();
    return EVERY_MS;
  }

  /** Brings the list up to date. Without Redis it does nothing: whoever reads it asks this service then. */
  async write(): Promise<void> {
    const ended = await this.orm.em.fork().execute<{ id: string; until: number }[]>(
      `select id, floor(extract(epoch from ended_at))::float8 + ? as until from (
         select id, ended_at from session where ended_at > now() - make_interval(secs => ?)
         union all
         select id, ended_at from api_key where ended_at > now() - make_interval(secs => ?)
       ) as ended`,
      [LISTED_SECONDS, LISTED_SECONDS, LISTED_SECONDS],
    );
    const now = Math.floor(Date.now() / 1000);
    const members = ended.flatMap(({ id, until }) => [until, id]);
    try {
      await this.redis.ask((redis) =>
        redis
          .multi()
          .zadd(REVOCATIONS, ...members, now + WHOLE_SECONDS, WHOLE)
          .zremrangebyscore(REVOCATIONS, '-inf', now)
          .exec(),
      );
    } catch (error) {
      if (!isRedisFault(error)) throw error;
    }
  }
}
