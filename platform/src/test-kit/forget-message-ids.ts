import type { RecordedEvent } from '@undertone/contracts/event';
import type { EventStore } from '../event-store/event-store.js';
import { eventually } from './eventually.js';

const WINDOW_MS = 100;

/**
 * Makes the server forget message ids, as it does of itself after two minutes: what then keeps an event from being
 * written twice is the code.
 */
export async function forgetMessageIds(
  store: Pick<EventStore, 'manager'>,
  stream: string,
  event: RecordedEvent | undefined,
): Promise<void> {
  await store.manager.streams.update(stream, { duplicate_window: WINDOW_MS * 1_000_000 });
  const forgotten = Date.parse(event?.time ?? '') + 10 * WINDOW_MS;
  await eventually('the end of the window', () => Date.now() > forgotten);
}
