import { z } from 'zod';
import { id } from '../id.js';
import { task } from './task.js';

const of = { task_id: id };

/** What a person’s stream of events tells, by its `kind`, which is also the event’s name. */
export const personalEvent = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('task'), task }),
    z.object({ kind: z.literal('snapshot'), ...of, snapshot_id: id }),
    z.object({ kind: z.literal('insight'), ...of, insight_id: id }),
    z.object({ kind: z.literal('import'), ...of, import_id: id }),
    z.object({ kind: z.literal('position') }).meta({ description: 'All up to here was told.' }),
    z.object({ kind: z.literal('reset') }).meta({
      description:
        'What was last seen is too long ago to go on from there, or unknown here: read the lists again. What follows is new.',
    }),
  ])
  .meta({ id: 'PersonalEvent' });
export type PersonalEvent = z.output<typeof personalEvent>;
