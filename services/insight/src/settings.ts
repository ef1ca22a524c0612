import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { z } from 'zod';
import { modelSettings, requireModel } from './model-settings/model-settings.js';
import { reuseSettings } from './reuse/reuse-settings.js';
import { dayBudgets } from './spending/day-budgets.js';

/**
 * Who writes is named, never guessed: an address or a key alone does not switch a language model on, and a model
 * that fails is not replaced by templates.
 */
export const insightSettings = z
  .object({
    ...serviceSettings,
    PORT: serviceSettings.PORT.default(8004),
    ...reuseSettings,
    ...modelSettings,
    ...dayBudgets,
  })
  .superRefine(requireModel);
