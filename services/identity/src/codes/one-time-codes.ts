import type { EntityManager } from '@mikro-orm/postgresql';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { hashOf, randomSecret } from '../secrets/random-secret.js';
import { OneTimeCode } from './one-time-code.entity.js';

const HOUR_MS = 60 * 60 * 1000;
const GOOD_FOR_MS = { invitation: 7 * 24 * HOUR_MS, password: 24 * HOUR_MS } as const;

interface Issued {
  readonly code: string;
  readonly expiresAt: Date;
}

/** A code with which somebody registers, once. */
export const issueInvitation = (em: EntityManager, makesAdmin: boolean): Promise<Issued> =>
  issue(em, { purpose: 'invitation', userId: null, makesAdmin });

/** A code with which a user's password is set, once; one that was issued before is good no more. */
export async function issuePasswordCode(em: EntityManager, userId: string): Promise<Issued> {
  await em.nativeDelete(OneTimeCode, { userId });
  return issue(em, { purpose: 'password', userId, makesAdmin: false });
}

async function issue(
  em: EntityManager,
  what: { purpose: keyof typeof GOOD_FOR_MS; userId: string | null; makesAdmin: boolean },
): Promise<Issued> {
  const now = Date.now();
  await em.nativeDelete(OneTimeCode, { expiresAt: { $lt: new Date(now) } });
  const code = randomSecret();
  const expiresAt = new Date(now + GOOD_FOR_MS[what.purpose]);
  await em.insert(OneTimeCode, { codeHash: hashOf(code), ...what, expiresAt });
  return { code, expiresAt };
}

/**
 * Uses a code up, within a transaction: where that fails, the code is as good as before.
 * @throws {Refused} `CODE_NOT_VALID`
 */
export async function redeem(
  em: EntityManager,
  purpose: keyof typeof GOOD_FOR_MS,
  code: string,
): Promise<{ readonly userId: string | null; readonly makesAdmin: boolean }> {
  const [row] = await em.execute<{ user_id: string | null; makes_admin: boolean }[]>(
    `delete from one_time_code where code_hash = ? and purpose = ? and expires_at > now()
     returning user_id, makes_admin`,
    [hashOf(code), purpose],
  );
  if (!row) {
    throw new Refused('CODE_NOT_VALID', 'there is no such code, or it was used or has expired', [
      { path: purpose === 'invitation' ? 'invitation' : 'code', message: 'is not good, or not any more' },
    ]);
  }
  return { userId: row.user_id, makesAdmin: row.makes_admin };
}
