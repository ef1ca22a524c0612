import type { EntityManager } from '@mikro-orm/postgresql';
import { forgetExpired } from '../expiry/forget-expired.js';
import { hashOf } from '../secrets/random-secret.js';
import { PasskeyChallenge } from './passkey.entity.js';

/** How long a person may take, in milliseconds. */
export const CHALLENGE_MS = 5 * 60_000;

/** Keeps a challenge until it is used. @param userId whose passkey is added; null: somebody signs in. */
export async function keepChallenge(
  em: EntityManager,
  challenge: string,
  userId: string | null,
): Promise<void> {
  await forgetExpired(em, 'passkey_challenge');
  await em.insert(PasskeyChallenge, {
    challengeHash: hashOf(challenge),
    userId,
    expiresAt: new Date(Date.now() + CHALLENGE_MS),
  });
}

/** Uses a challenge up. @returns whether it was given for this, not long ago. */
export async function useChallenge(
  em: EntityManager,
  challenge: string,
  userId: string | null,
): Promise<boolean> {
  const used = await em.nativeDelete(PasskeyChallenge, {
    challengeHash: hashOf(challenge),
    userId,
    expiresAt: { $gte: new Date() },
  });
  return used === 1;
}
