import { type Api, answerOf, type CallOptions, request } from './request.ts';
import { routeTable } from './route-table.ts';
import type { AnswerOf, CallRoute, Given } from './route-types.ts';

/**
 * Calls a route of the API: `call(api, 'getSnapshot', { snapshot_id })`. Answers come as the contracts describe them;
 * they are not checked again here.
 * @throws {ApiError} with the problem that the API answered. @throws {ApiUnreachable} nothing answered.
 */
export async function call<K extends CallRoute>(
  api: Api,
  route: K,
  ...[input, options]: Given<K, CallOptions>
): Promise<AnswerOf<K>> {
  const response = await request(api, routeTable[route], input ?? {}, options);
  return (await answerOf(response)) as AnswerOf<K>;
}
