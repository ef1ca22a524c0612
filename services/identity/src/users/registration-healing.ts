import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { EventStore } from '@undertone/platform/event-store/event-store';
import type { Logger } from '@undertone/platform/logging/logger';
import { HealingSweep } from '@undertone/platform/nest/healing-sweep';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { announceUser } from './announce-user.js';
import { User } from './user.entity.js';

/** Announces users whose row was written, but whose event was not confirmed. */
export const registrationHealing: FactoryProvider = {
  provide: Symbol('registration healing'),
  inject: [MikroORM, EventStore, LOGGER],
  useFactory: (orm: MikroORM, store: EventStore, log: Logger) =>
    new HealingSweep({
      what: 'registration',
      log,
      unfinished: (after, limit) =>
        orm.em
          .fork()
          .find(
            User,
            { registeredSequence: null, ...(after && { id: { $gt: after } }) },
            { orderBy: { id: 'asc' }, limit, fields: ['createdAt'], disableIdentityMap: true },
          ),
      keyOf: ({ id }) => id,
      finish: (user) => announceUser(store, orm.em.fork(), user),
    }),
};
