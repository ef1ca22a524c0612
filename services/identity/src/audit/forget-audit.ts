import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { streams } from '@undertone/contracts/streams';
import { EventStore } from '@undertone/platform/event-store/event-store';
import type { Logger } from '@undertone/platform/logging/logger';
import { Repeated } from '@undertone/platform/nest/repeated';
import { LOGGER } from '@undertone/platform/nest/tokens';

const PAUSE_MS = 60 * 60_000;
const BATCH = 5_000;

/** Drops rows of the audit when the log drops their events: how long that is, its stream says. Any replica does it. */
@Injectable()
export class ForgetAudit extends Repeated {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(LOGGER) log: Logger,
  ) {
    super(log, 'old records of the audit could not be dropped', PAUSE_MS);
  }

  protected override async once(): Promise<number> {
    await this.forget(new Date());
    return PAUSE_MS;
  }

  /** @param now by which rows are old. @returns how many went. */
  async forget(now: Date): Promise<number> {
    const { keepsMs } = await this.store.extent(streams.AUDIT.name);
    if (keepsMs === undefined) return 0;
    const oldest = new Date(now.getTime() - keepsMs);
    let gone = 0;
    while (!this.signal.aborted) {
      const rows = await this.orm.em
        .fork()
        .execute<unknown[]>(
          'delete from audit_record where id in (select id from audit_record where at < ? limit ?) returning id',
          [oldest, BATCH],
        );
      gone += rows.length;
      if (rows.length < BATCH) break;
    }
    return gone;
  }
}
