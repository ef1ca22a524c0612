import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { rewriteQuestions } from '@undertone/contracts/personal-data/erasure';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import type { Logger } from '@undertone/platform/logging/logger';
import { Repeated } from '@undertone/platform/nest/repeated';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import { withBriefLocks } from '@undertone/platform/personal-data/brief-locks';
import {
  oldTransactionsEnded,
  rewritePostgresLogs,
  rewriteRedisFiles,
} from '@undertone/platform/personal-data/rewrite-server-files';
import { rewriteTables } from '@undertone/platform/personal-data/rewrite-tables';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { IdentitySettings } from '../settings.js';
import { Erasure } from './erasure.entity.js';

const EVERY_MS = 2_000;
/** Until it is tried again; twice as long after each failure, up to an hour. */
const PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 60 * 60_000;

/**
 * After erasures has Postgres and Redis rewrite their files, in which deleted rows stand until then. Once is for all that are done by
 * then, and comes at most once an hour: who reads a table waits while it is rewritten.
 */
@Injectable()
export class RewrittenFiles extends Repeated {
  private nextPauseMs = PAUSE_MS;
  private notBefore = 0;

  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(RedisBreaker) private readonly redis: RedisBreaker,
    @Inject(SETTINGS) private readonly settings: IdentitySettings,
    @Inject(LOGGER) log: Logger,
  ) {
    super(log, 'the files of the servers could not be rewritten after an erasure', EVERY_MS);
  }

  protected override async once(): Promise<number> {
    if (Date.now() < this.notBefore) return EVERY_MS;
    if ((await this.due()).length > 0) {
      await withBriefLocks(this.settings, async (em) => {
        if (await isAlone(em)) await this.rewriteForDue(em);
      });
    }
    return EVERY_MS;
  }

  private async rewriteForDue(em: EntityManager): Promise<void> {
    // Another replica may have done it just now.
    const ids = await this.due();
    if (ids.length === 0) return;
    // A failure rewrote some of it, and so will the next one.
    this.notBefore = Date.now() + this.nextPauseMs;
    this.nextPauseMs = Math.min(this.nextPauseMs * 2, LONGEST_PAUSE_MS);
    const notRewritten = await this.rewrite(em);
    const done = { rewrittenAt: new Date(), notRewritten };
    await this.orm.em.fork().nativeUpdate(Erasure, { id: { $in: ids } }, done);
    this.log.info(
      { erasures: ids.length, not_rewritten: notRewritten },
      'the files of the servers were rewritten',
    );
    this.nextPauseMs = PAUSE_MS;
    this.notBefore = 0;
  }

  /** Ids of the erasures that wait for it. */
  private async due(): Promise<string[]> {
    const rows = await this.orm.em.fork().execute<{ id: string }[]>(
      `select id from erasure where done_at is not null and rewritten_at is null
         and not exists (select 1 from erasure where rewritten_at > now() - interval '1 hour')`,
    );
    return rows.map(({ id }) => id);
  }

  /** @returns what was not rewritten. */
  private async rewrite(em: EntityManager): Promise<string[]> {
    const kept = await rewriteRedisFiles(this.redis, this.signal);
    await oldTransactionsEnded(em, this.signal);
    for (const question of rewriteQuestions) {
      this.signal.throwIfAborted();
      kept.push(...(await this.rpc.ask(question, {})).not_rewritten);
    }
    kept.push(...(await rewriteTables('identity', this.settings)));
    // Last: the tables' statistics are made again until then, and the log goes up to now.
    return [...kept, ...(await rewritePostgresLogs(em))];
  }
}

/** Whether no other replica is at it; none will be until the connection ends. */
async function isAlone(em: EntityManager): Promise<boolean> {
  const [row] = await em.execute<{ alone: boolean }[]>(
    `select pg_try_advisory_lock(hashtext('rewritten files')) as alone`,
  );
  return row?.alone ?? false;
}
