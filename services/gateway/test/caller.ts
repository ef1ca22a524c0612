import type { Api, CallOptions } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import { pages } from '@undertone/contracts/client/pages';
import type { AnswerOf, CallRoute, Given, ListRoute, RouteId } from '@undertone/contracts/client/route-types';
import { problemOf, readToEnd, taskIdOf } from './client.js';
import { conforms, conformsAsRequest } from './conforms.js';

export type Call = <K extends CallRoute>(route: K, ...given: Given<K, CallOptions>) => Promise<AnswerOf<K>>;

/** Calls routes as clients do, and holds every answer against the OpenAPI document, refusals too. */
export const caller =
  (url: string): Call =>
  (route, ...given) =>
    call(watched(url, route), route, ...given);

/** A list by the contracts' client, page by page to its end, each held against the document. */
export async function pagesOf<K extends ListRoute>(
  url: string,
  route: K,
  ...given: Given<K, CallOptions>
): Promise<AnswerOf<K>[]> {
  const read: AnswerOf<K>[] = [];
  for await (const page of pages(watched(url, route), route, ...given)) read.push(page);
  return read;
}

/** The API at an address, where every answer has to be as the document says of a route. */
export const watched = (url: string, route: RouteId): Api => ({
  url,
  fetch: async (...asked) => {
    const response = await fetch(...asked);
    if (response.ok) conformsAsRequest(route, ...asked);
    const isStream = response.headers.get('content-type') === 'text/event-stream';
    if (isStream || response.status === 204) return response;
    const reply = await readToEnd(response.clone());
    conforms(route, reply);
    if (response.headers.get('content-type')?.startsWith('application/problem')) problemOf(reply);
    if (response.status === 202) taskIdOf(reply);
    return response;
  },
});
