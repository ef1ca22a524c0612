import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { EventStore } from '@undertone/platform/event-store/event-store';
import type { Logger } from '@undertone/platform/logging/logger';
import { HealingSweep } from '@undertone/platform/nest/healing-sweep';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { VaultEntry } from '../vault/vault-entry.entity.js';
import { announceLink } from './announce-link.js';

const unsaid = [
  { announced: false },
  { removedAt: { $ne: null } },
  { relinkRequiredAt: { $ne: null }, relinkSaid: false },
];

/** Says what the vault has and the log did not confirm. */
export const linkHealing: FactoryProvider = {
  provide: Symbol('link healing'),
  inject: [MikroORM, EventStore, LOGGER],
  useFactory: (orm: MikroORM, store: EventStore, log: Logger) =>
    new HealingSweep({
      what: 'link',
      log,
      unfinished: (after, limit) =>
        orm.em
          .fork()
          .find(
            VaultEntry,
            { $or: unsaid, ...(after && { userId: { $gt: after } }) },
            { orderBy: { userId: 'asc' }, limit, fields: ['userId', 'provider'], disableIdentityMap: true },
          ),
      keyOf: ({ userId }) => userId,
      finish: (entry) => announceLink(store, orm.em.fork(), entry),
    }),
};
