import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { EventStore } from '@undertone/platform/event-store/event-store';
import type { Logger } from '@undertone/platform/logging/logger';
import { HealingSweep } from '@undertone/platform/nest/healing-sweep';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { NO_REFRESH_TOKEN, VaultEntry } from '../vault/vault-entry.entity.js';
import { announceLink } from './announce-link.js';
import { DUE_DAYS, dueSince } from './authorization.js';

/** Says a month and a week ahead that authorizations end. */
export const reauthWarnings: FactoryProvider = {
  provide: Symbol('reauth warnings'),
  inject: [MikroORM, EventStore, LOGGER],
  useFactory: (orm: MikroORM, store: EventStore, log: Logger) =>
    new HealingSweep({
      what: 'warning that an authorization ends',
      isRoutine: true,
      log,
      unfinished: (after, limit) => {
        const now = new Date();
        const due = DUE_DAYS.map((days) => ({
          storedAt: { $lte: dueSince(now, days) },
          $or: [{ dueSaid: null }, { dueSaid: { $gt: days } }],
        }));
        return orm.em.fork().find(
          VaultEntry,
          {
            relinkRequiredAt: null,
            removedAt: null,
            refreshToken: { $ne: NO_REFRESH_TOKEN },
            $or: due,
            ...(after && { userId: { $gt: after } }),
          },
          { orderBy: { userId: 'asc' }, limit, fields: ['userId', 'provider'], disableIdentityMap: true },
        );
      },
      keyOf: ({ userId }) => userId,
      finish: (entry) => announceLink(store, orm.em.fork(), entry),
    }),
};
