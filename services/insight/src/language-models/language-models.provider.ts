import { MikroORM } from '@mikro-orm/postgresql';
import type { Provider } from '@nestjs/common';
import type { connectRedis } from '@undertone/platform/cache/read-cache';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER, REDIS, SETTINGS } from '@undertone/platform/nest/tokens';
import type { ConfiguredModels } from '../model-settings/configured-models.js';
import type { DayBudgets } from '../spending/day-budgets.js';
import { SpendingLedger } from '../spending/spending-ledger.js';
import { callAllowance } from './call-allowance.js';
import { CallRate } from './call-rate.js';
import { LanguageModels } from './language-models.js';

export const languageModelsProvider: Provider = {
  provide: LanguageModels,
  inject: [SETTINGS, MikroORM, REDIS, LOGGER],
  useFactory: (
    settings: DayBudgets & { models: ConfiguredModels },
    orm: MikroORM,
    redis: ReturnType<typeof connectRedis>,
    log: Logger,
  ) =>
    new LanguageModels(
      settings.models,
      callAllowance(new SpendingLedger(orm, settings), new CallRate(redis, log), log),
    ),
};
