import type { JsMsg } from '@nats-io/jetstream';
import type { RecordedEvent } from '@undertone/contracts/event';
import { readEvent } from '@undertone/platform/event-store/cloudevents';

/**
 * A firing has its definition's headers, `ce-time` with them, because the server repeats them; when it fired is when
 * the stream stored it.
 */
export const readFiring = (message: JsMsg): RecordedEvent => ({
  ...readEvent(message),
  time: message.time.toISOString(),
});
