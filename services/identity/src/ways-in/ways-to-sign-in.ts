import type { EntityManager } from '@mikro-orm/postgresql';
import type { Account } from '@undertone/contracts/sign-in/account';
import type { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { SPOTIFY } from '../provider-settings/provider-definition.js';
import type { Providers } from '../providers/providers.js';
import { nameAtSpotify } from '../users/name-at-spotify.js';
import type { UserRow } from '../users/user.entity.js';

type Ways = Account['signs_in_by'];
type Person = Pick<UserRow, 'id' | 'passwordHash'>;

/**
 * How people get in, as the settings are now: a provider that they do not name any more lets nobody in. Who is known by a
 * name at Spotify from before there was any sign-in has no way in until they have come by it: nobody knows yet whether they can.
 */
export async function waysToSignIn(
  em: EntityManager,
  people: readonly Person[],
  providers: Pick<Providers, 'has'>,
): Promise<ReadonlyMap<string, Ways>> {
  const ids = `{${people.map(({ id }) => id).join(',')}}`;
  const found = await em.execute<{ user_id: string; provider: string | null }[]>(
    `select distinct user_id, provider from linked_account where user_id = any(?::uuid[])
     union all
     select distinct user_id, null from passkey where user_id = any(?::uuid[])`,
    [ids, ids],
  );
  const byUser = Map.groupBy(found, ({ user_id }) => user_id);
  return new Map(people.map((person) => [person.id, waysOf(person, byUser.get(person.id) ?? [], providers)]));
}

/** What a person showed to sign in: the hash that their password was held against, or which passkey or linked account. */
export type CameBy = { readonly password: string } | { readonly passkey: string } | { readonly link: string };

/** Whether it still signs that person in. @param em of a transaction that has the user's row locked. */
export async function isStillGood(
  em: EntityManager,
  { id, passwordHash }: Person,
  cameBy: CameBy,
): Promise<boolean> {
  if ('password' in cameBy) return passwordHash === cameBy.password;
  const [table, way] = 'link' in cameBy ? ['linked_account', cameBy.link] : ['passkey', cameBy.passkey];
  const found = await em.execute(`select 1 from ${table} where id = ? and user_id = ?`, [way, id]);
  return found.length > 0;
}

/** Of a removal, in its transaction. @throws {Refused} `LAST_WAY_IN` where none is left. */
export async function mustHaveAWayIn(
  em: EntityManager,
  person: Person,
  providers: Pick<Providers, 'has'>,
): Promise<void> {
  await em.flush();
  const ways = (await waysToSignIn(em, [person], providers)).get(person.id);
  if (ways?.length === 0) {
    throw new Refused('LAST_WAY_IN', 'there is no other way to sign in: add another one first');
  }
}

/** Takes every way in but the password away from a user, in the transaction that sets it. @param row locked. */
export async function forgetOtherWays(
  em: EntityManager,
  encryption: FieldEncryption,
  row: UserRow,
): Promise<void> {
  await forgetLinks(em, encryption, row);
  for (const table of ['passkey', 'passkey_challenge']) {
    await em.execute(`delete from ${table} where user_id = ?`, [row.id]);
  }
}

/** Takes linked accounts away from a user. @param row locked. @param only this one of them. */
export async function forgetLinks(
  em: EntityManager,
  encryption: FieldEncryption,
  row: UserRow,
  only?: string,
): Promise<void> {
  const forgotten = await em.execute<{ provider: string }[]>(
    `delete from linked_account where user_id = ? and id = coalesce(?::uuid, id) returning provider`,
    [row.id, only ?? null],
  );
  // Else the name alone would link it again, and keep its owner out elsewhere.
  if (forgotten.some(({ provider }) => provider === SPOTIFY)) nameAtSpotify(encryption, row, undefined);
}

/** @param found a provider for each linked account, null for a passkey. */
function waysOf(
  { passwordHash }: Person,
  found: readonly { readonly provider: string | null }[],
  providers: Pick<Providers, 'has'>,
): Ways {
  const links = found.flatMap(({ provider }) => provider ?? []).filter((provider) => providers.has(provider));
  const ways: Ways = [];
  if (passwordHash != null) ways.push('password');
  if (found.some(({ provider }) => provider === null)) ways.push('passkey');
  if (links.includes(SPOTIFY)) ways.push('spotify');
  if (links.some((provider) => provider !== SPOTIFY)) ways.push('oidc');
  return ways;
}
