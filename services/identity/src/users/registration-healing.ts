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
import { announceUser } from './announce-user.js';
import { User } from './user.entity.js';

const BATCH = 100;
const PAUSE_MS = 60_000;

/**
 * Appends the events of users whose row was written, but whose event was not confirmed: the process died between the
 * two, or the log was away. Runs when the service starts and once a minute.
 */
@Injectable()
export class RegistrationHealing implements OnApplicationBootstrap, BeforeApplicationShutdown {
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
      .catch((error: unknown) => this.log.error({ err: error }, 'registrations could not be completed'))
      .finally(() => {
        if (!this.stopping) this.timer = setTimeout(() => void this.run(), PAUSE_MS);
      });
    return this.running;
  }

  private async heal(): Promise<void> {
    const em = this.orm.em.fork();
    for (let after: string | undefined; !this.stopping; ) {
      const users = await em.find(
        User,
        { registeredSequence: null, ...(after && { id: { $gt: after } }) },
        { orderBy: { id: 'asc' }, limit: BATCH, fields: ['createdAt'], disableIdentityMap: true },
      );
      for (const user of users) {
        if (this.stopping) return;
        after = user.id;
        try {
          await announceUser(this.store, em, user);
          this.log.warn({ user_id: user.id }, 'a registration was completed late');
        } catch (error) {
          // One bad user must not hold up the others; a log that is away holds up all.
          if (error instanceof LogUnavailable) throw error;
          this.log.error({ err: error, user_id: user.id }, 'a registration could not be completed');
        }
      }
      if (users.length < BATCH) return;
    }
  }
}
