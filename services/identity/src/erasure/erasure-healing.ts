import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import type { Logger } from '@undertone/platform/logging/logger';
import { HealingSweep } from '@undertone/platform/nest/healing-sweep';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { Erasure } from './erasure.entity.js';
import { Erasures } from './erasures.js';

/** Requests the jobs of erasures that were begun and whose job the log did not confirm, or whose last one failed for good. */
export const erasureHealing: FactoryProvider = {
  provide: Symbol('erasure healing'),
  inject: [MikroORM, Erasures, LOGGER],
  useFactory: (orm: MikroORM, erasures: Erasures, log: Logger) =>
    new HealingSweep({
      what: 'request of an erasure',
      log,
      unfinished: (after, limit) =>
        orm.em
          .fork()
          .find(
            Erasure,
            { jobRequested: false, doneAt: null, ...(after && { id: { $gt: after } }) },
            { orderBy: { id: 'asc' }, limit, fields: ['round'], disableIdentityMap: true },
          ),
      keyOf: ({ id }) => id,
      finish: (erasure) => erasures.request(erasure),
    }),
};
