import { type Api, answerOf, type CallOptions, send } from './api.ts';
import { filledPath, queryOf } from './encode.ts';
import { routeTable } from './route-table.ts';
import type { AnswerOf, CallRoute, FileRoute, Given, PlainRoute } from './route-types.ts';

/**
 * Calls a route of the API: `call(api, 'getSnapshot', { snapshot_id })`. Answers come as the contracts describe them;
 * they are not checked again here.
 * @throws {ApiError} with the problem that the API answered. @throws {ApiUnreachable} nothing answered.
 */
export async function call<K extends CallRoute>(
  api: Api,
  route: K,
  ...given: Given<K, CallOptions>
): Promise<AnswerOf<K>> {
  return (await answerOf(await request(api, route, ...given))) as AnswerOf<K>;
}

/**
 * As `call`, and gives the response with its body unread: for its status and headers, or where that is a file.
 * @throws {ApiError} as `call`. @throws {ApiUnreachable} as `call`.
 */
export function request<K extends CallRoute | FileRoute>(
  api: Api,
  route: K,
  ...[input, options = {}]: Given<K, CallOptions>
): Promise<Response> {
  const plain: PlainRoute | undefined = routeTable[route];
  if (!plain) throw new TypeError(`the API has no route "${route}"`);
  const { method } = plain;
  const { path, rest } = filledPath(plain.path, input ?? {});
  if (isQuery(plain)) return send(api, `${path}${queryOf(rest)}`, { method }, options);
  const headers = { 'content-type': 'application/json' };
  return send(api, path, { method, headers, body: JSON.stringify(rest) }, options);
}

/** Whether the fields outside of the path go into the query. */
const isQuery = ({ method, from }: PlainRoute): boolean =>
  from === 'query' || (from === 'query-or-body' && method === 'GET');
