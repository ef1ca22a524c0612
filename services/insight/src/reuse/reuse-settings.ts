import { z } from 'zod';

export const reuseSettings = {
  /** Who may get the text of nearly the same numbers for a new insight: nobody, scheduled runs, everybody. */
  INSIGHT_NEAR_REUSE: z.enum(['off', 'bulk', 'always']).default('bulk'),
};
export type ReuseSettings = z.output<z.ZodObject<typeof reuseSettings>>;
