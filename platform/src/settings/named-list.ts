import { z } from 'zod';

/** A setting that is JSON text: a list of entries, no two of one name. */
export const namedList = <Entry extends z.ZodType<{ readonly id: string }>>(entries: z.ZodArray<Entry>) =>
  z
    .string()
    .transform((json, context) => {
      try {
        return JSON.parse(json) as unknown;
      } catch (error) {
        context.addIssue(`is not JSON: ${error instanceof Error ? error.message : String(error)}`);
        return z.NEVER;
      }
    })
    .pipe(entries)
    .superRefine((list, context) => {
      for (const [at, { id }] of list.entries()) {
        if (list.findIndex((other) => other.id === id) === at) continue;
        context.addIssue({ code: 'custom', path: [at, 'id'], message: `${id} is there twice` });
      }
    });
