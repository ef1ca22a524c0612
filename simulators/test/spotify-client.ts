import { z } from 'zod';

export const named = z.looseObject({ id: z.string(), name: z.string() });

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    total: z.number(),
    limit: z.number(),
    offset: z.number(),
    href: z.string(),
    next: z.string().nullable(),
    previous: z.string().nullable(),
  });

export const topPage = pageOf(named);

export const recentlyPlayed = z.object({
  items: z.array(
    z.object({ played_at: z.iso.datetime(), track: named, context: z.looseObject({}).nullable() }),
  ),
  next: z.string().nullable(),
  cursors: z.object({ after: z.string(), before: z.string() }).nullable(),
  limit: z.number(),
  href: z.string(),
});

export const webApiError = z.strictObject({
  error: z.strictObject({ status: z.number(), message: z.string(), reason: z.string().optional() }),
});

/** Calls as a user whom the simulator knows by the bearer's name. */
export async function getAs(user: string, url: string): Promise<Response> {
  return fetch(url, {
    headers: { authorization: `Bearer sim-access-${user}` },
    signal: AbortSignal.timeout(10_000),
  });
}

/** The parsed JSON of a call that must succeed. */
export async function jsonAs<Shape extends z.ZodType>(
  user: string,
  url: string,
  shape: Shape,
): Promise<z.infer<Shape>> {
  const response = await getAs(user, url);
  const body: unknown = await response.json();
  if (response.status !== 200) throw new Error(`${response.status} from ${url}: ${JSON.stringify(body)}`);
  return shape.parse(body);
}
