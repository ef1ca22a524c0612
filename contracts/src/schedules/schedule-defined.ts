import { z } from 'zod';
import { defineEvent } from '../event.js';
import { foreignId } from '../text.js';
import { timeZone } from '../time-zone.js';

/**
 * When a schedule fires. The stream keeps the latest alone, which is therefore the schedule's state; while it is not
 * paused, the message carries the server's `Nats-Schedule` headers, and the server fires it.
 */
export const ScheduleDefined = defineEvent({
  context: 'schedules',
  name: 'schedule-defined',
  subjectToken: 'definition',
  description: 'When a schedule fires, or that it is paused; it replaces what was said before.',
  schema: z.object({
    name: foreignId.min(1),
    cron: foreignId.min(1).meta({ description: 'Six fields, the first of them seconds.' }),
    time_zone: timeZone,
    paused: z.boolean(),
    of_settings: z
      .object({ cron: foreignId.min(1), time_zone: timeZone })
      .optional()
      .meta({
        description:
          'An operator said when: what the settings said then, which is passed over until they say something else. Absent: it is as the settings say.',
      }),
  }),
});
export type ScheduleDefinition = z.output<typeof ScheduleDefined.schema>;
