import type { MsgHdrs } from '@nats-io/transport-node';

/** Header of every question: until when its asker waits, in milliseconds since 1970 by the asker's clock. */
const HEADER = 'Undertone-Deadline';
/** By so much the clocks of two machines may differ. */
const CLOCKS_APART_MS = 10_000;

/** Says in a question's headers until when somebody waits for its answer. */
export function setDeadline(headers: MsgHdrs, timeoutMs: number): void {
  headers.set(HEADER, String(Date.now() + timeoutMs));
}

/** Whether certainly nobody waits for the answer any more. A question of an older release does not say. */
export function isTooLate(headers: Pick<MsgHdrs, 'get'> | undefined): boolean {
  const deadline = headers?.get(HEADER);
  return deadline ? Date.now() > Number(deadline) + CLOCKS_APART_MS : false;
}
