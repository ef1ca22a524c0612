import { EventSourceParserStream } from 'eventsource-parser/stream';
import { type Api, ApiError } from './api.ts';

const AGAIN_MS = 1_000;
const TRIES = 30;

/**
 * Follows something by its stream of events until there is nothing more to wait for.
 * @param show is given the state each time that it changed.
 * @param isAtRest whether it goes no further by itself.
 * @throws {ApiError} the API was away for too long.
 */
export async function follow<T>(
  api: Api,
  path: string,
  show: (state: T) => void,
  isAtRest: (state: T) => boolean,
): Promise<T> {
  let lastEventId = '';
  for (let tries = 0; ; tries += 1) {
    try {
      const headers = { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) };
      const { body } = await api.send(path, { headers });
      const events = body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for await (const event of events ?? []) {
        tries = 0;
        lastEventId = event.id ?? '';
        const state = JSON.parse(event.data) as T;
        show(state);
        if (isAtRest(state)) return state;
      }
    } catch (error) {
      // The gateway may be restarted meanwhile; what it refuses it will refuse again.
      const refused = error instanceof ApiError && error.status !== undefined && error.status < 500;
      if (refused || tries >= TRIES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
