import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import type { Logger } from '@undertone/platform/logging/logger';
import { HealingSweep } from '@undertone/platform/nest/healing-sweep';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { Erasure } from './erasure.entity.js';
import { Erasures } from './erasures.js';

/** Looks at each erasure that is not done, and requests a job where none is at it. */
export const erasureHealing: FactoryProvider = {
  provide: Symbol('erasure healing'),
  inject: [MikroORM, Erasures, LOGGER],
  useFactory: (orm: MikroORM, erasures: Erasures, log: Logger) =>
    new HealingSweep({
      what: 'erasure',
      log,
      // Most of them have their job.
      isRoutine: true,
      unfinished: (after, limit) =>
        orm.em
          .fork()
          .find(
            Erasure,
            { doneAt: null, ...(after && { id: { $gt: after } }) },
            { orderBy: { id: 'asc' }, limit, fields: ['round', 'jobRequested'], disableIdentityMap: true },
          ),
      keyOf: ({ id }) => id,
      finish: (erasure) => erasures.takeUp(erasure),
    }),
};
