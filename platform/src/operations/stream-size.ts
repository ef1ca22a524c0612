import type { StreamInfo } from '@nats-io/jetstream';
import { millis } from '@nats-io/transport-node';
import type { StreamSize } from '@undertone/contracts/operations/system';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const AHEAD_DAYS = 30;

/**
 * How large a stream is, and will be in thirty days if messages keep coming as they did between its first and now. One that forgets
 * by age grows no further than its age.
 */
export function sizeOf({ config, state }: StreamInfo, now = Date.now()): StreamSize {
  const { messages, bytes, first_ts, last_ts } = state;
  const first = messages > 0 ? Date.parse(first_ts) : now;
  const spanDays = (now - first) / DAY_MS;
  const keepsDays = config.max_age > 0 ? millis(config.max_age) / DAY_MS : null;
  const daysThen = Math.min(spanDays + AHEAD_DAYS, keepsDays ?? Number.POSITIVE_INFINITY);
  return {
    name: config.name,
    messages,
    bytes,
    first_at: messages > 0 ? new Date(first_ts).toISOString() : null,
    last_at: messages > 0 ? new Date(last_ts).toISOString() : null,
    keeps_days: keepsDays,
    in_30_days: now - first < HOUR_MS ? null : Math.round((bytes / spanDays) * daysThen),
  };
}
