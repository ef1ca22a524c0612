import { setTimeout as sleep } from 'node:timers/promises';
import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { repeatedSubject } from '@undertone/contracts/rpc';
import { isNobody } from './is-silence.js';

/** A question as it goes out. */
export interface Asked {
  readonly service: string;
  readonly subject: string;
  readonly body: string;
  readonly headers: MsgHdrs;
  /** Milliseconds that all of it may take. */
  readonly timeoutMs: number;
}

/** A service whose last replica has just left, or is connecting again, may be there in a moment. */
const NOBODY_MS = 300;
/** Of the questions to one service that a connection asks a second time, at once. */
const MOST_AT_ONCE = 8;
const LOOK_MS = 20;

/** How many there are now, by service. */
const atOnce = new WeakMap<NatsConnection, Map<string, number>>();

/** Asks once, of one replica. */
export const askOnce = (nats: NatsConnection, { subject, body, headers, timeoutMs }: Asked): Promise<Msg> =>
  nats.request(subject, body, { timeout: timeoutMs, headers });

/**
 * Asks for what may be asked twice. When a third of the time is over without an answer, the replica that has the question may
 * be frozen: all replicas are asked, and the first answer that comes, to either, is given.
 *
 * The price: a read that is merely slow is done again by every replica. That does no harm to what it reads, and a service that
 * is slow under its load must not get much more of it, so few questions are asked again at once. Where a replica is frozen
 * that is no limit, since the others answer within milliseconds and make room for the next.
 */
export async function askTwice(nats: NatsConnection, asked: Asked): Promise<Msg> {
  const { timeoutMs } = asked;
  const deadline = Date.now() + timeoutMs;
  const left = () => Math.max(1, deadline - Date.now());
  const first = askOnce(nats, asked);
  let settled = false;
  const settling = first.then(
    () => (settled = true),
    () => (settled = true),
  );
  await within(settling, timeoutMs / 3);
  if (settled) {
    return first.catch(async (error: unknown) => {
      if (!isNobody(error)) throw error;
      await sleep(Math.min(NOBODY_MS, left()));
      return askOnce(nats, { ...asked, timeoutMs: left() });
    });
  }
  const again = atOnce.get(nats) ?? new Map<string, number>();
  atOnce.set(nats, again);
  const ofService = () => again.get(asked.service) ?? 0;
  while (!settled && ofService() >= MOST_AT_ONCE) await within(settling, LOOK_MS);
  if (settled) return first;
  again.set(asked.service, ofService() + 1);
  try {
    const second = askOnce(nats, { ...asked, subject: repeatedSubject(asked.subject), timeoutMs: left() });
    // Replicas of an older release listen to no second question.
    return await Promise.any([first, second]).catch(() => first);
  } finally {
    again.set(asked.service, ofService() - 1);
  }
}

/** Resolves when the promise does, or after so many milliseconds. */
async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  const over = new AbortController();
  const time = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([promise, time]);
  over.abort();
}
