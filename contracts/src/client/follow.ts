import { type Api, type CallOptions, send } from './api.ts';
import { ApiError } from './api-error.ts';
import { filledPath, queryOf } from './encode.ts';
import { routeTable } from './route-table.ts';
import type { AnswerOf, EventsRoute, InputOf } from './route-types.ts';
import { serverSentEvents } from './server-sent-events.ts';

export interface FollowOptions extends Omit<CallOptions, 'idempotencyKey'> {
  /** Milliseconds before it connects again, a second unless told. */
  readonly retryMs?: number;
  /** How often in a row it connects in vain, 30 times unless told. */
  readonly tries?: number;
}

/**
 * Follows something by its stream of events: gives the data of each, through broken streams and restarts of the gateway,
 * and ends when the API says that there is nothing more to come. Leaving the loop closes the stream.
 * @throws {ApiError} the API refused (4xx), or failed for too long. @throws {ApiUnreachable} nothing answered for too long.
 */
export async function* follow<K extends EventsRoute>(
  api: Api,
  route: K,
  input: InputOf<K>,
  { retryMs = 1_000, tries = 30, ...options }: FollowOptions = {},
): AsyncGenerator<AnswerOf<K>, void> {
  const { path, rest } = filledPath(routeTable[route].path, input);
  let lastEventId = '';
  for (let vain = 0; ; vain += 1) {
    try {
      const headers = {
        accept: 'text/event-stream',
        ...(lastEventId && { 'last-event-id': lastEventId }),
      };
      const response = await send(api, `${path}${queryOf(rest)}`, { method: 'GET', headers }, options);
      vain = 0;
      if (response.status === 204 || !response.body) return;
      for await (const { id, data } of serverSentEvents(response.body)) {
        lastEventId = id ?? lastEventId;
        yield JSON.parse(data) as AnswerOf<K>;
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      const isRefused = error instanceof ApiError && error.status < 500;
      if (isRefused || vain >= tries) throw error;
    }
    await pause(retryMs, options.signal);
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
  signal?.throwIfAborted();
}
