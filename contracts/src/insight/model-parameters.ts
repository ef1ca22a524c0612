import { z } from 'zod';

/** What decides an answer beside its messages. Absent: what the installation or the model has as its default. */
export const modelParameters = z
  .object({
    temperature: z.number().min(0).max(2).optional(),
    top_p: z.number().gt(0).max(1).optional(),
    seed: z.int().optional(),
    max_tokens: z.int().min(1).max(32_000).optional().meta({ description: 'Longest answer, in tokens.' }),
  })
  .meta({ id: 'ModelParameters' });
export type ModelParameters = z.output<typeof modelParameters>;
