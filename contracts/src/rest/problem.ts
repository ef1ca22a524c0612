import { z } from 'zod';

/** RFC 9457 problem details, with the list of bad fields that this API adds. */
export const problem = z
  .object({
    type: z.string().meta({ description: 'A URI reference that names the kind of problem.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    code: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    trace_id: z.string().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof problem>;
