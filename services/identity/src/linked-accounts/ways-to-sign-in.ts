import type { Account } from '@undertone/contracts/sign-in/account';
import { SPOTIFY } from '../provider-settings/provider-definition.js';
import type { Providers } from '../providers/providers.js';
import type { UserRow } from '../users/user.entity.js';
import type { LinkedAccountRow } from './linked-account.entity.js';

/** How a person gets in, as the settings are now: a provider that they do not name any more lets nobody in. */
export function waysToSignIn(
  { passwordHash, spotifyUserFingerprint }: Pick<UserRow, 'passwordHash' | 'spotifyUserFingerprint'>,
  links: readonly Pick<LinkedAccountRow, 'provider'>[],
  providers: Pick<Providers, 'has'>,
): Account['signs_in_by'] {
  const usable = links.map(({ provider }) => provider).filter((provider) => providers.has(provider));
  // Who was here before there was any sign-in is known by their name at Spotify, and links it when they first sign in.
  const isAtSpotify = providers.has(SPOTIFY) && spotifyUserFingerprint != null;
  const ways: Account['signs_in_by'] = [];
  if (passwordHash != null) ways.push('password');
  if (isAtSpotify || usable.includes(SPOTIFY)) ways.push('spotify');
  if (usable.some((provider) => provider !== SPOTIFY)) ways.push('oidc');
  return ways;
}
