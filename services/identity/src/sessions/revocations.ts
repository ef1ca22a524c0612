import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { LISTED_SECONDS, REVOCATIONS, WHOLE, WHOLE_SECONDS } from '@undertone/contracts/sign-in/revocations';
import { isRedisFault, RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import type { Logger } from '@undertone/platform/logging/logger';
import { Repeated } from '@undertone/platform/nest/repeated';
import { LOGGER } from '@undertone/platform/nest/tokens';

/** Three times within which the list is whole (`WHOLE_SECONDS`). */
const EVERY_MS = 200;

/**
 * Writes into Redis which sessions and keys are over: at once when one ends, and five times a second from the tables, which heals
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

  /** Brings the list up to date. Without Redis it does nothing: whoever reads it asks this service, once it is not whole any more. */
  async write(): Promise<void> {
    try {
      // Redis' clock, which its readers go by, too; from before the tables are read, since what ends after that is not in the list.
      const [seconds, microseconds] = await this.redis.ask((redis) => redis.time());
      const asOf = Number(seconds) + Number(microseconds) / 1e6;
      const members = await this.ended();
      await this.redis.ask((redis) =>
        redis
          .multi()
          .zadd(REVOCATIONS, ...members, asOf + WHOLE_SECONDS, WHOLE)
          .zremrangebyscore(REVOCATIONS, '-inf', asOf)
          .exec(),
      );
    } catch (error) {
      if (!isRedisFault(error)) throw error;
    }
  }

  /** Until when each is listed, and its id. */
  private async ended(): Promise<(number | string)[]> {
    const rows = await this.orm.em.fork().execute<{ id: string; until: number }[]>(
      `select id, floor(extract(epoch from ended_at))::float8 + ? as until from (
         select id, ended_at from session where ended_at > now() - make_interval(secs => ?)
         union all
         select id, ended_at from api_key where ended_at > now() - make_interval(secs => ?)
       ) as ended`,
      [LISTED_SECONDS, LISTED_SECONDS, LISTED_SECONDS],
    );
    return rows.flatMap(({ id, until }) => [until, id]);
  }
}
