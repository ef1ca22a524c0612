import { MikroORM } from '@mikro-orm/postgresql';
import type { Provider } from '@nestjs/common';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import type { ConfiguredModels } from '../model-settings/configured-models.js';
import type { DayBudgets } from '../spending/day-budgets.js';
import { SpendingLedger } from '../spending/spending-ledger.js';
import { callAllowance } from './call-allowance.js';
import { CallRate } from './call-rate.js';
import { LanguageModels } from './language-models.js';

export const languageModelsProvider: Provider = {
  provide: LanguageModels,
  inject: [SETTINGS, MikroORM, RedisBreaker, LOGGER],
  useFactory: (
    settings: DayBudgets & { models: ConfiguredModels },
    orm: MikroORM,
    redis: RedisBreaker,
    log: Logger,
  ) =>
    new LanguageModels(
      settings.models,
      callAllowance(new SpendingLedger(orm, settings), new CallRate(redis, log), log),
    ),
};
