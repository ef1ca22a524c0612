import type { EntityManager } from '@mikro-orm/postgresql';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { redeemByHash } from '../codes/one-time-codes.js';
import type { IdentitySettings } from '../settings.js';

/** An invitation is good whatever the policy is. @throws {Refused} `REGISTRATION_CLOSED` without one. */
export function mayRegister(policy: IdentitySettings['REGISTRATION'], hasInvitation: boolean): void {
  if (hasInvitation || policy === 'open') return;
  throw new Refused(
    'REGISTRATION_CLOSED',
    policy === 'invitation'
      ? 'registering takes the code of an invitation: ask an admin for one'
      : 'nobody can register here but by an admin’s invitation',
  );
}

/** Uses an invitation up, where there is one, in the transaction that registers somebody. @throws {Refused} `CODE_NOT_VALID` */
export async function redeemInvitation(
  em: EntityManager,
  invitationHash: string | undefined,
): Promise<{ readonly isAdmin: boolean }> {
  if (invitationHash === undefined) return { isAdmin: false };
  const { makesAdmin } = await redeemByHash(em, 'invitation', invitationHash);
  return { isAdmin: makesAdmin };
}
