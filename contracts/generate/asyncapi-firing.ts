import { ScheduleDefined } from '@undertone/contracts/schedules/schedule-defined';
import type { Node } from './asyncapi-channels.ts';
import type { JsonSchemas } from './json-schemas.ts';

/** What the server writes each time that a schedule is due: the definition's body and headers again, and two of its own. */
export const firing = (schemas: JsonSchemas): { address: string; key: string; message: Node } => ({
  address: 'schedules.fired.{schedule}',
  key: 'schedule-fired',
  message: {
    name: 'schedule-fired',
    title: 'A schedule was due',
    contentType: 'application/json',
    headers: {
      type: 'object',
      properties: {
        'Nats-Scheduler': { type: 'string', description: 'The subject of the definition.' },
        'Nats-Schedule-Next': { type: 'string', format: 'date-time', description: 'When it is due next.' },
      },
    },
    payload: schemas.of(ScheduleDefined.schema),
  },
});
