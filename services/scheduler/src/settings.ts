import { timeZone } from '@undertone/contracts/time-zone';
import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { z } from 'zod';
import { cronSetting } from './cron.js';

export const schedulerSettings = z.object({
  ...serviceSettings,
  PORT: serviceSettings.PORT.default(8005),
  /** When everybody's listening is fetched: six fields, or `off`. */
  INGEST_SCHEDULE: cronSetting.default('0 0 2 * * *'),
  /** When weekly summaries are written. */
  SUMMARY_SCHEDULE: cronSetting.default('0 0 9 * * SUN'),
  /** When a wellness insight is written for everybody; each of them may be a call of a language model. */
  DAILY_INSIGHT_SCHEDULE: cronSetting.default('off'),
  /** When access tokens are refreshed that were used in the last hour and are about to end. */
  REFRESH_SCHEDULE: cronSetting.default('0 */30 * * * *'),
  /** In which the schedules are read. */
  SCHEDULE_TIME_ZONE: timeZone.default('UTC'),
});
export type SchedulerSettings = z.output<typeof schedulerSettings>;
