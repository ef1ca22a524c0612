import type { EntityManager } from '@mikro-orm/postgresql';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { recordAudit } from '../audit/record-audit.js';
import { redeemByHash } from '../codes/one-time-codes.js';
import type { IdentitySettings } from '../settings.js';
import type { UserRow } from '../users/user.entity.js';

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

/** An invitation may make an admin, of which the request that uses it up says nothing. */
export async function recordAdmin(
  em: EntityManager,
  { id, isAdmin }: Pick<UserRow, 'id' | 'isAdmin'>,
): Promise<void> {
  if (!isAdmin) return;
  const at = new Date().toISOString();
  await recordAudit(em, { what: 'admin-registered', by: 'anonymous', subject: pseudonymOf(id), at });
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
