import { z } from 'zod';

/** An object in object storage: events and jobs carry this, never the thing itself. */
export const objectReference = z.object({
  key: z.string().min(1).max(500),
  /** Bytes. */
  size: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ObjectReference = z.output<typeof objectReference>;
