import { MikroORM } from '@mikro-orm/postgresql';
import {
  type BeforeApplicationShutdown,
  Controller,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Principal } from '@undertone/contracts/access/principal';
import { id as idKey } from '@undertone/contracts/id';
import type { TokenUse as ShownUse } from '@undertone/contracts/token/connection';
import { listTokenUses } from '@undertone/contracts/token/rpc';
import { newId } from '@undertone/platform/ids/ids';
import type { Logger } from '@undertone/platform/logging/logger';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import type { TokenSettings } from '../settings.js';
import { TokenUse } from '../vault/token-use.entity.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Rows of one delete: whoever is handed a token meanwhile waits for none of it. */
const BATCH = 1_000;

/** The trail of who was handed whose token, when, and for what. */
@Injectable()
export class TokenUses implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private forgetting: Promise<void> = Promise.resolve();

  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(SETTINGS) private readonly settings: TokenSettings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async add(use: {
    readonly userId: string;
    readonly caller: Principal;
    readonly taskId: string | undefined;
    readonly refreshed: boolean;
  }): Promise<void> {
    const { userId, caller, taskId = null, refreshed } = use;
    if (caller.who.kind !== 'service') throw new Error('only a service is handed a token');
    await this.orm.em.fork().insert(TokenUse, {
      id: newId(),
      userId,
      provider: 'spotify',
      usedAt: new Date(),
      service: caller.who.service,
      taskId,
      refreshed,
    });
  }

  /** A person's, newest first: ids are in the order of time. */
  async page(query: {
    readonly user_id: string;
    readonly provider: 'spotify';
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<Page<ShownUse>> {
    const cursors = new KeysetCursor('token-uses', idKey).for(query);
    const after = query.cursor === undefined ? undefined : cursors.read(query.cursor);
    const { user_id: userId, provider, limit } = query;
    const rows = await this.orm.em
      .fork()
      .find(
        TokenUse,
        { userId, provider, ...(after !== undefined && { id: { $lt: after } }) },
        { orderBy: { id: 'desc' }, limit: limit + 1 },
      );
    const shown = rows.slice(0, limit).map((row) => ({
      used_at: row.usedAt.toISOString(),
      provider: row.provider,
      service: row.service,
      task_id: row.taskId ?? null,
      refreshed: row.refreshed,
    }));
    return cursors.page(rows, shown, ({ id }) => id);
  }

  onApplicationBootstrap(): void {
    this.forgetOld();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.forgetting;
  }

  private forgetOld(): void {
    this.timer = setTimeout(() => this.forgetOld(), HOUR_MS);
    this.forgetting = this.forget().catch((error: unknown) =>
      this.log.warn({ err: error }, 'old uses of tokens could not be forgotten now'),
    );
  }

  private async forget(): Promise<void> {
    const before = new Date(Date.now() - this.settings.TOKEN_USE_DAYS * DAY_MS);
    for (let gone = BATCH; gone === BATCH && this.timer; ) {
      const { affectedRows } = await this.orm.em.fork().execute<{ affectedRows: number }>(
        `delete from token_use where id in
           (select id from token_use where used_at < ? order by used_at limit ${BATCH} for update skip locked)`,
        [before],
        'run',
      );
      gone = affectedRows;
    }
  }
}

@Controller()
export class TokenUseQueries {
  constructor(@Inject(TokenUses) private readonly uses: TokenUses) {}

  @Answers(listTokenUses)
  list(
    @Payload(asked(listTokenUses))
    query: { user_id: string; provider: 'spotify'; limit: number; cursor?: string | undefined },
  ): Promise<Page<ShownUse>> {
    return this.uses.page(query);
  }
}
