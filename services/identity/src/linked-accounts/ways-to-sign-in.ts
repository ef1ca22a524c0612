import type { Account } from '@undertone/contracts/sign-in/account';
import { SPOTIFY } from '../provider-settings/provider-definition.js';
import type { Providers } from '../providers/providers.js';
import type { UserRow } from '../users/user.entity.js';
import type { LinkedAccountRow } from './linked-account.entity.js';

/**
 * How a person gets in, as the settings are now: a provider that they do not name any more lets nobody in. Who is known by a
 * name at Spotify from before there was any sign-in has no way in until they have come by it: nobody knows yet whether they can.
 */
export function waysToSignIn(
  { passwordHash }: Pick<UserRow, 'passwordHash'>,
  links: readonly Pick<LinkedAccountRow, 'provider'>[],
  providers: Pick<Providers, 'has'>,
): Account['signs_in_by'] {
  const usable = links.map(({ provider }) => provider).filter((provider) => providers.has(provider));
  const ways: Account['signs_in_by'] = [];
  if (passwordHash != null) ways.push('password');
  if (usable.includes(SPOTIFY)) ways.push('spotify');
  if (usable.some((provider) => provider !== SPOTIFY)) ways.push('oidc');
  return ways;
}
