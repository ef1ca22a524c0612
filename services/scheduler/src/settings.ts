import { timeZone } from '@undertone/contracts/time-zone';
import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { outboundAllowed } from '@undertone/platform/settings/outbound-allowed';
import { z } from 'zod';
import { cronSetting } from './cron.js';
import { webhookSecret } from './webhook-signature.js';

export const schedulerSettings = z
  .object({
    ...serviceSettings,
    PORT: serviceSettings.PORT.default(8005),
    /** When everybody's listening is fetched: six fields, or `off`. */
    INGEST_SCHEDULE: cronSetting.default('0 0 2 * * *'),
    /** When weekly summaries are written. */
    SUMMARY_SCHEDULE: cronSetting.default('0 0 9 * * SUN'),
    /** When a wellness insight is written for everybody; each of them may be a call of a language model. */
    DAILY_INSIGHT_SCHEDULE: cronSetting.default('off'),
    /** Over which a run for everyone asks for what each is to have; up to 500 people are asked for at once. */
    RUN_SPREAD_MINUTES: z.coerce.number().min(0).max(720).default(60),
    /** When access tokens are refreshed that were used in the last hour and are about to end. */
    REFRESH_SCHEDULE: cronSetting.default('0 */30 * * * *'),
    /** When it is looked how often jobs fail. */
    MONITOR_SCHEDULE: cronSetting.default('0 */15 * * * *'),
    /** When days are counted, and details of jobs cleared that ended `JOB_DETAILS_DAYS` before. */
    CLEANUP_SCHEDULE: cronSetting.default('0 0 3 * * MON'),
    /** When it is looked in whose own time zone, or week, one of the first three is due; off: everybody goes by `SCHEDULE_TIME_ZONE`. */
    ZONE_SCHEDULE: cronSetting.default('0 */15 * * * *'),
    /** As many days as JOBS keeps, in which a job can still be retried; what is older is not built again. */
    JOB_DETAILS_DAYS: z.coerce.number().int().min(1).max(36_500).default(30),
    /** In which the schedules are read. */
    SCHEDULE_TIME_ZONE: timeZone.default('UTC'),
    /** Jobs of a type fail often where this share of those that ended in a window failed, of so many at least. */
    JOB_FAILURE_RATE: z.coerce.number().gt(0).max(1).default(0.25),
    JOB_FAILURE_WINDOW_MINUTES: z.coerce.number().int().min(1).max(1_440).default(60),
    JOB_FAILURE_LEAST_JOBS: z.coerce.number().int().min(1).default(10),
    /** Who is told of that, and the secret that the messages are signed with: both or neither. */
    WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
    WEBHOOK_SECRET: webhookSecret.optional(),
    OUTBOUND_ALLOWED: outboundAllowed,
  })
  .superRefine(({ WEBHOOK_URL, WEBHOOK_SECRET }, context) => {
    if ((WEBHOOK_URL === undefined) === (WEBHOOK_SECRET === undefined)) return;
    const [missing, other] = WEBHOOK_URL
      ? ['WEBHOOK_SECRET', 'WEBHOOK_URL']
      : ['WEBHOOK_URL', 'WEBHOOK_SECRET'];
    context.addIssue({ code: 'custom', path: [missing], message: `is missing, and ${other} is set` });
  });
export type SchedulerSettings = z.output<typeof schedulerSettings>;
