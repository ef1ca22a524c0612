import type { MsgHdrs } from '@nats-io/transport-node';
import { type Principal, principal } from '@undertone/contracts/access/principal';

/** Header of every question: who is asking, as JSON. */
const HEADER = 'Undertone-Principal';

/** Says in a question's headers who is asking. */
export function setPrincipal(headers: MsgHdrs, caller: Principal): void {
  headers.set(HEADER, JSON.stringify(caller));
}

/** Who is asking, as the question's headers say; `undefined` when they do not, or not in a way that this release reads. */
export function principalOf(headers: Pick<MsgHdrs, 'get'> | undefined): Principal | undefined {
  const text = headers?.get(HEADER);
  if (!text) return undefined;
  try {
    return principal.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
