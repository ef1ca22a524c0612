import { MikroORM } from '@mikro-orm/postgresql';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { EventStore, LogUnavailable } from '@undertone/platform/event-store/event-store';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { announceLink } from './announce-link.js';
import { VaultEntry } from './vault-entry.entity.js';

const BATCH = 100;
const PAUSE_MS = 60_000;

/**
 * Appends the events of tokens that were stored, but whose event was not confirmed: the process died between the two,
 * or the log was away. Runs when the service starts and once a minute.
 */
@Injectable()
export class LinkHealing implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private run(): Promise<void> {
    this.running = this.heal()
      .catch((error: unknown) => this.log.error({ err: error }, 'links could not be completed'))
      .finally(() => {
        if (!this.stopping) this.timer = setTimeout(() => void this.run(), PAUSE_MS);
      });
    return this.running;
  }

  private async heal(): Promise<void> {
    const em = this.orm.em.fork();
    for (let after: string | undefined; !this.stopping; ) {
      const entries = await em.find(
        VaultEntry,
        { announced: false, ...(after && { userId: { $gt: after } }) },
        {
          orderBy: { userId: 'asc' },
          limit: BATCH,
          fields: ['userId', 'provider'],
          disableIdentityMap: true,
        },
      );
      for (const entry of entries) {
        if (this.stopping) return;
        after = entry.userId;
        try {
          await announceLink(this.store, em, entry);
          this.log.warn({ user_id: entry.userId }, 'a link was completed late');
        } catch (error) {
          // One bad row must not hold up the others; a log that is away holds up all.
          if (error instanceof LogUnavailable) throw error;
          this.log.error({ err: error, user_id: entry.userId }, 'a link could not be completed');
        }
      }
      if (entries.length < BATCH) return;
    }
  }
}
