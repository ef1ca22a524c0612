import type { EntityManager } from '@mikro-orm/postgresql';
import { newId } from '@undertone/platform/ids/ids';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { recordAudit } from '../audit/record-audit.js';
import { forgetExpired } from '../expiry/forget-expired.js';
import { hashOf, randomSecret } from '../secrets/random-secret.js';
import { OneTimeCode, type OneTimeCodeRow } from './one-time-code.entity.js';

const HOUR_MS = 60 * 60 * 1000;
const GOOD_FOR_MS = { invitation: 7 * 24 * HOUR_MS, password: 24 * HOUR_MS } as const;

type Purpose = keyof typeof GOOD_FOR_MS;

interface Redeemed {
  readonly userId: string | null;
  readonly makesAdmin: boolean;
}

interface Issued {
  readonly code: string;
  readonly expiresAt: Date;
}

/** A code with which somebody registers, once. */
export const issueInvitation = (
  em: EntityManager,
  makesAdmin: boolean,
  issuedBy: string | null,
): Promise<Issued> =>
  issue(em, { purpose: 'invitation', userId: null, makesAdmin, issuedBy, isMailed: false });

/**
 * A code with which a user's password is set, once; one that was issued before is good no more.
 * @param em of a transaction that has the user's row locked.
 */
export async function issuePasswordCode(
  em: EntityManager,
  userId: string,
  issuedBy: string | null,
): Promise<Issued> {
  await em.nativeDelete(OneTimeCode, { userId });
  return issue(em, { purpose: 'password', userId, makesAdmin: false, issuedBy, isMailed: false });
}

/**
 * As `issuePasswordCode`, for whoever says that the account is theirs: an admin's code stays good, since anybody may say so.
 * @param em of a transaction that has the user's row locked.
 */
export async function issueMailedCode(em: EntityManager, userId: string): Promise<Issued> {
  await em.nativeDelete(OneTimeCode, { userId, isMailed: true });
  const at = new Date().toISOString();
  await recordAudit(em, { what: 'password-code-mailed', by: 'anonymous', subject: pseudonymOf(userId), at });
  return issue(em, { purpose: 'password', userId, makesAdmin: false, issuedBy: null, isMailed: true });
}

/** Of a user whose password is set: what else was good for that is good no more. */
export async function forgetCodesFor(em: EntityManager, userId: string): Promise<void> {
  await em.nativeDelete(OneTimeCode, { userId });
}

/** Those that are good, the newest first. @param before the id that an earlier page ended with. */
export const goodCodes = (em: EntityManager, limit: number, before?: string): Promise<OneTimeCodeRow[]> =>
  em.find(
    OneTimeCode,
    { expiresAt: { $gt: new Date() }, ...(before !== undefined && { id: { $lt: before } }) },
    { orderBy: { id: 'desc' }, limit, disableIdentityMap: true },
  );

/** @throws {Refused} `CODE_NOT_FOUND` */
export async function withdrawCode(em: EntityManager, id: string): Promise<OneTimeCodeRow> {
  const row = await em.findOne(OneTimeCode, { id, expiresAt: { $gt: new Date() } });
  // It may be used up at the same moment.
  if (!row || (await em.nativeDelete(OneTimeCode, { id })) === 0) {
    throw new Refused('CODE_NOT_FOUND', 'there is no such code, or it was used or has expired');
  }
  return row;
}

/** Takes back what an admin issued who is none any more. */
export async function withdrawCodesOf(em: EntityManager, issuedBy: string): Promise<void> {
  await em.nativeDelete(OneTimeCode, { issuedBy });
}

async function issue(
  em: EntityManager,
  what: Pick<OneTimeCodeRow, 'purpose' | 'userId' | 'makesAdmin' | 'issuedBy' | 'isMailed'>,
): Promise<Issued> {
  await forgetExpired(em, 'one_time_code');
  const code = randomSecret();
  const expiresAt = new Date(Date.now() + GOOD_FOR_MS[what.purpose]);
  await em.insert(OneTimeCode, { codeHash: hashOf(code), id: newId(), ...what, expiresAt });
  return { code, expiresAt };
}

/**
 * Uses a code up, within a transaction: where that fails, the code is as good as before.
 * @throws {Refused} `CODE_NOT_VALID`
 */
export const redeem = (em: EntityManager, purpose: Purpose, code: string): Promise<Redeemed> =>
  redeemByHash(em, purpose, hashOf(code));

/** Refuses a code that is not good, before any work is done for it; it is not used up. @throws {Refused} `CODE_NOT_VALID` */
export async function mustBeGood(em: EntityManager, purpose: Purpose, code: string): Promise<void> {
  const expiresAt = { $gt: new Date() };
  if ((await em.count(OneTimeCode, { codeHash: hashOf(code), purpose, expiresAt })) === 0) {
    throw notValid(purpose);
  }
}

/** Whose password a code sets; null: there is no such code. It may be used up at the same moment, which `redeem` tells. */
export async function userOfCode(em: EntityManager, code: string): Promise<string | null> {
  const row = await em.findOne(OneTimeCode, { codeHash: hashOf(code) }, { disableIdentityMap: true });
  return row?.userId ?? null;
}

/** As `redeem`, for a code of which only the hash was kept. */
export async function redeemByHash(em: EntityManager, purpose: Purpose, codeHash: string): Promise<Redeemed> {
  const [row] = await em.execute<{ user_id: string | null; makes_admin: boolean }[]>(
    `delete from one_time_code where code_hash = ? and purpose = ? and expires_at > now()
     returning user_id, makes_admin`,
    [codeHash, purpose],
  );
  if (!row) throw notValid(purpose);
  return { userId: row.user_id, makesAdmin: row.makes_admin };
}

const notValid = (purpose: Purpose): Refused =>
  new Refused('CODE_NOT_VALID', 'there is no such code, or it was used or has expired', [
    { path: purpose === 'invitation' ? 'invitation' : 'code', message: 'is not good, or not any more' },
  ]);
