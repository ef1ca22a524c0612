import { z } from 'zod';
import { rebuildingServices, rebuildStatus } from '../rebuild.js';
import { defineRpc } from '../rpc.js';
import { type ServiceName, serviceNames } from '../service-name.js';
import { foreignId, text } from '../text.js';

const number = z.int().min(0);

/** How far a projection is, as its service tells. */
export const projectionPlace = z.object({
  projection: foreignId.meta({ description: 'The name of its durable consumer.' }),
  service: z.enum(serviceNames),
  stream: foreignId,
  sequence: number.meta({ description: 'Stream sequence up to which it is built.' }),
  last: number.meta({ description: 'The last of the stream, whether or not it is for this projection.' }),
  behind: number.meta({ description: 'Events for it that are not known to be applied.' }),
  oldest_seconds: number.nullable().meta({
    description: 'How long ago the oldest event came that is not applied; null: all are.',
  }),
  fault: text.nullable().meta({
    description:
      'Why it does not go on, where the replica that was asked knows of it; the active one retries.',
  }),
});
export type ProjectionPlace = z.output<typeof projectionPlace>;

export const projectionState = projectionPlace
  .extend({ rebuild: rebuildStatus.nullable().meta({ description: 'Null: it cannot be rebuilt.' }) })
  .meta({ id: 'ProjectionState' });
export type ProjectionState = z.output<typeof projectionState>;

export const listProjections = (service: ServiceName) =>
  defineRpc({
    service,
    question: 'list-projections',
    access: 'admin',
    input: z.object({}),
    output: z.object({ projections: z.array(projectionPlace) }),
  });

export const projectionQuestions = rebuildingServices.map(listProjections);
