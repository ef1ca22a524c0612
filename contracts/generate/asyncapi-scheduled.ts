import { ScheduleDefined } from '@undertone/contracts/schedules/schedule-defined';
import type { Node } from './asyncapi-channels.ts';
import type { JsonSchemas } from './json-schemas.ts';

const byServer = (scheduler: string, next: Node): Node => ({
  type: 'object',
  properties: {
    'Nats-Scheduler': { type: 'string', description: scheduler },
    'Nats-Schedule-Next': next,
  },
});

/** Messages that the server schedules, and what it puts in their targets: their body and headers again, and two of its own. */
export const scheduled = (schemas: JsonSchemas): { address: string; key: string; message: Node }[] => [
  {
    address: 'schedules.fired.{schedule}',
    key: 'schedule-fired',
    message: {
      name: 'schedule-fired',
      title: 'A schedule was due',
      contentType: 'application/json',
      headers: byServer('The subject of the definition.', {
        type: 'string',
        format: 'date-time',
        description: 'When it is due next.',
      }),
      payload: schemas.of(ScheduleDefined.schema),
    },
  },
  {
    address: 'jobs-waiting.{queue}.{lane}.{jobId}',
    key: 'job-waiting',
    message: {
      name: 'job-waiting',
      title: 'A job waits until a time',
      contentType: 'application/json',
      headers: {
        type: 'object',
        properties: {
          'Nats-Schedule': { type: 'string', description: '`@at` and the time.' },
          'Nats-Schedule-Target': { type: 'string', description: 'The subject of its `job-due`.' },
        },
      },
      payload: { type: 'null' },
    },
  },
  {
    address: 'jobs-due.{queue}.{lane}.{jobId}',
    key: 'job-due',
    message: {
      name: 'job-due',
      title: 'A job has waited long enough',
      contentType: 'application/json',
      headers: byServer('The subject of its `job-waiting`.', { type: 'string', const: 'purge' }),
      payload: { type: 'null' },
    },
  },
];
