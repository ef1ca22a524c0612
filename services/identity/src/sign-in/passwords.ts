import { hash, parseOptions, verify } from '@node-rs/argon2';
import { wrongField } from '@undertone/platform/rpc/rpc-client';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as english from '@zxcvbn-ts/language-en';

/**
 * Argon2id with 19 MiB and two passes: the first choice of the OWASP Password Storage Cheat Sheet. One takes about 30 ms of
 * one core, and libuv's four threads bound how many run at once.
 */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Below 10^8 guesses: "somewhat guessable", and what an online attack that is slowed down cannot get to, begins at 3. */
const LEAST_SCORE = 3;

let estimator: ZxcvbnFactory | undefined;

/**
 * How much of a password is looked at, from either end: what is hard to guess in part is hard to guess, and looking takes time that
 * grows much faster than the length (32 characters about 50 ms, 256 more than a second).
 */
const LOOKED_AT = 32;

/**
 * Why a password is not taken: it is among the common ones, or is made of common words, names, dates, patterns, or of what
 * is known of the person.
 * @returns `undefined` when nothing speaks against it.
 */
export function faultOf(password: string, known: readonly string[]): string | undefined {
  estimator ??= new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    translations: english.translations,
  });
  const words = ['undertone', 'spotify', ...known];
  const parts = [
    password.slice(0, LOOKED_AT),
    ...(password.length > LOOKED_AT ? [password.slice(-LOOKED_AT)] : []),
  ];
  let feedback: ReturnType<ZxcvbnFactory['check']>['feedback'] | undefined;
  for (const part of parts) {
    const looked = estimator.check(part, words);
    if (looked.score >= LEAST_SCORE) return undefined;
    feedback ??= looked.feedback;
  }
  const why = feedback?.warning ? `: ${feedback.warning.replace(/\.$/, '').toLowerCase()}` : '';
  return `is easy to guess${why}; a few words that nobody would put together make a good one`;
}

/** @throws {Refused} `INVALID_INPUT`, with what is wrong. @param known of the person: an empty one is left out. */
export function mustBeHardToGuess(
  path: string,
  password: string,
  known: readonly (string | undefined)[],
): void {
  const words = known.flatMap((one) => (one ? [one, ...one.split(/[^\p{L}\p{N}]+/u)] : []));
  const message = faultOf(password, words.filter(Boolean));
  if (message !== undefined) throw wrongField(path, message);
}

export const hashPassword = (password: string): Promise<string> => hash(password, COST);

/** A hash that no password has: checking it takes as long as any, so that it does not tell who has an account. */
const nobodys = hashPassword('a password that nobody can have, since nobody is asked for this hash');

/** @param stored absent: there is no account, or it has no password. */
export async function isPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  const isRight = await verify(stored ?? (await nobodys), password);
  return isRight && stored != null;
}

/** Whether a hash was made at another cost than today's, and should be made again while the password is at hand. */
export function isOutdated(stored: string): boolean {
  const { memoryCost, timeCost, parallelism } = parseOptions(stored);
  return memoryCost !== COST.memoryCost || timeCost !== COST.timeCost || parallelism !== COST.parallelism;
}
