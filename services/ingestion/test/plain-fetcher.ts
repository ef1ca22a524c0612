import { z } from 'zod';

const named = z.object({ id: z.string() });
const track = named.extend({ artists: z.array(named) });
const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.url().nullable() });
const recent = z.object({ items: z.array(z.object({ track })) });

/**
 * What one request for a person's listening costs a client that keeps nothing: the pages of both lists, the last plays,
 * and each track's and each artist's own object, as there is no endpoint for several any more.
 */
export async function fetchEverything(api: string, token: string, range: string): Promise<void> {
  const get = async <T>(url: string, schema: z.ZodType<T>): Promise<T> => {
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    return schema.parse(await response.json());
  };
  const all = async <T>(path: string, item: z.ZodType<T>): Promise<T[]> => {
    const items: T[] = [];
    for (let url: string | null = `${api}${path}?time_range=${range}&limit=50`; url !== null; ) {
      const answer: { items: T[]; next: string | null } = await get(url, page(item));
      items.push(...answer.items);
      url = answer.next;
    }
    return items;
  };
  const tracks = await all('/v1/me/top/tracks', track);
  const artists = await all('/v1/me/top/artists', named);
  const plays = await get(`${api}/v1/me/player/recently-played?limit=50`, recent);
  for (const { track: played } of plays.items) tracks.push(played);
  const idsOf = (items: readonly { id: string }[]) => [...new Set(items.map(({ id }) => id))];
  for (const id of idsOf(tracks)) await get(`${api}/v1/tracks/${id}`, named);
  const everybody = idsOf([...artists, ...tracks.flatMap((one) => one.artists)]);
  for (const id of everybody) await get(`${api}/v1/artists/${id}`, named);
}
