import { z } from 'zod';

/** A query's number: text in a URL, a number in JSON and for a client of the route table. */
export const limit = z.coerce
  .number<number>()
  .int()
  .min(1)
  .max(200)
  .default(50)
  .meta({ description: 'How many rows a page has at most.' });

/** Opaque to clients: base64url of a mark of the list and the last row's sort key. */
export const cursor = z
  .string()
  .max(500)
  .optional()
  .meta({ description: 'Where the page begins: from the `Link` of the page before.' });

/**
 * The schema of a page of rows that a service gives; `next` goes out as a `Link` header, because earlier clients expect the
 * body of a list to be an array.
 */
export const pageSchema = <T extends z.ZodType>(row: T) =>
  z.object({ items: z.array(row), next: z.string().nullable() });
