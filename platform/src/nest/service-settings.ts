import { z } from 'zod';
import { commonSettings } from '../settings/load-settings.js';
import { databaseSettings } from '../settings/server-settings.js';

/** Settings that every service behind the gateway has. */
export const serviceSettings = {
  ...commonSettings,
  ...databaseSettings,
  /** Jobs for waiting people that run at once in one process. */
  INTERACTIVE_SLOTS: z.coerce.number().int().min(1).max(100).default(4),
  /** Jobs of bulk runs that run at once in one process. */
  BULK_SLOTS: z.coerce.number().int().min(1).max(100).default(2),
  /** Seconds that running jobs, and questions in hand, get to end at shutdown; then another replica takes the jobs. */
  SHUTDOWN_GRACE_SECONDS: z.coerce.number().int().min(0).max(600).default(10),
};

const schema = z.object(serviceSettings);
export type ServiceSettings = z.output<typeof schema>;
