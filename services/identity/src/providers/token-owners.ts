import type { FactoryProvider } from '@nestjs/common';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { wrongField } from '@undertone/platform/rpc/rpc-client';
import { hostAndPortOf } from '@undertone/platform/settings/outbound-allowed';
import type { CustomFetch } from 'openid-client';
import type { IdentitySettings } from '../settings.js';
import { providerFetch } from './provider-calls.js';
import { accountOf, readProfile } from './spotify-profile.js';

/** Says whose a Spotify access token is. */
export class TokenOwners {
  constructor(
    private readonly apiUrl: string,
    private readonly fetch: CustomFetch,
  ) {}

  /** @throws {Refused} Spotify does not take the token, does not answer, or its answer is not believed. */
  async of(accessToken: string): Promise<ReturnType<typeof accountOf>> {
    const response = await this.fetch(new URL('/v1/me', this.apiUrl).href, {
      method: 'GET',
      headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
      body: undefined,
      // The token goes to the configured address and to no other.
      redirect: 'manual',
    });
    if (response.status === 401 || response.status === 403) {
      throw wrongField('access_token', 'Spotify does not take it: it has ended, or it is not a token');
    }
    return accountOf(await readProfile(response));
  }
}

export const tokenOwners: FactoryProvider<TokenOwners> = {
  provide: TokenOwners,
  inject: [SETTINGS],
  useFactory: (settings: IdentitySettings) => {
    const { SPOTIFY_API_URL: apiUrl, SPOTIFY_MODE: mode, OUTBOUND_ALLOWED: allowed } = settings;
    const calls = providerFetch({
      timeoutMs: settings.SIGN_IN_PROVIDER_TIMEOUT_SECONDS * 1000,
      allowed: [...allowed, hostAndPortOf(new URL(apiUrl))],
      refuseSimulator: mode === 'spotify',
    });
    return new TokenOwners(apiUrl, calls);
  },
};
