import { type Api, answerOf, type CallOptions, send } from './api.ts';
import { filledPath, queryOf } from './encode.ts';
import { routeTable } from './route-table.ts';
import type { AnswerOf, Given, ListRoute } from './route-types.ts';

/**
 * Reads a list page by page, to its end.
 * @throws {ApiError} as `call`. @throws {ApiUnreachable} as `call`.
 */
export async function* pages<K extends ListRoute>(
  api: Api,
  route: K,
  ...[input, options]: Given<K, CallOptions>
): AsyncGenerator<AnswerOf<K>, void> {
  const { path, rest } = filledPath(routeTable[route].path, input ?? {});
  for (let query: string | undefined = queryOf(rest); query !== undefined; ) {
    const response = await send(api, `${path}${query}`, { method: 'GET' }, options ?? {});
    yield (await answerOf(response)) as AnswerOf<K>;
    query = nextQuery(response.headers.get('link'));
  }
}

// Its path is not followed: a gateway behind a proxy does not know under which one a client reaches it.
const nextQuery = (link: string | null): string | undefined =>
  /<[^>?]*(\?[^>]*)>; rel="next"/.exec(link ?? '')?.[1];
