import { hostAndPortOf } from '@undertone/platform/settings/outbound-allowed';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  fetchProtectedResource,
  None,
  type TokenEndpointResponse,
} from 'openid-client';
import type { ProvenAccount, Provider, ProviderTokens, SignInSecrets } from './provider.js';
import { type CallOptions, invalid, providerFetch, refusalOf } from './provider-calls.js';
import { accountOf, readProfile, type SpotifyProfile } from './spotify-profile.js';

/** What ingestion reads: top lists and recent plays. The profile's ids need none. */
const SCOPE = 'user-top-read user-read-recently-played';

export interface SpotifySettings {
  readonly mode: 'spotify' | 'simulator';
  /** Of the accounts service, without a path. */
  readonly accountsUrl: string;
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly calls: CallOptions;
}

/** Spotify, which is OAuth 2 with PKCE and no OpenID: whose account it is, its profile says. */
export class SpotifyProvider implements Provider {
  private readonly configuration: Configuration;

  constructor(private readonly settings: SpotifySettings) {
    const { mode, accountsUrl, apiUrl, clientId, clientSecret, calls } = settings;
    this.configuration = new Configuration(
      {
        issuer: accountsUrl,
        authorization_endpoint: new URL('/authorize', accountsUrl).href,
        token_endpoint: new URL('/api/token', accountsUrl).href,
      },
      clientId,
      undefined,
      clientSecret === undefined ? None() : ClientSecretBasic(clientSecret),
    );
    const named = [accountsUrl, apiUrl].map((url) => hostAndPortOf(new URL(url)));
    this.configuration[customFetch] = providerFetch({
      ...calls,
      allowed: [...calls.allowed, ...named],
      refuseSimulator: mode === 'spotify',
    });
    // Only a simulator is at such an address: what it answers is refused where Spotify is meant.
    if (accountsUrl.startsWith('http:')) allowInsecureRequests(this.configuration);
  }

  async authorizationUrl(redirectUri: string, { state, codeVerifier }: SignInSecrets): Promise<URL> {
    return buildAuthorizationUrl(this.configuration, {
      redirect_uri: redirectUri,
      scope: SCOPE,
      state,
      code_challenge: await calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    });
  }

  async prove(returned: URL, { state, codeVerifier }: SignInSecrets): Promise<ProvenAccount> {
    const tokens = await authorizationCodeGrant(this.configuration, returned, {
      expectedState: state,
      pkceCodeVerifier: codeVerifier,
    }).catch(refuse);
    const { subjects, displayName } = accountOf(await this.profile(tokens.access_token));
    return {
      // What a simulator says is true of its own people only.
      issuer: this.settings.mode === 'simulator' ? 'simulator' : 'https://accounts.spotify.com',
      subjects,
      displayName: async () => displayName,
      tokens: toStore(tokens),
    };
  }

  private async profile(accessToken: string): Promise<SpotifyProfile> {
    const url = new URL('/v1/me', this.settings.apiUrl);
    const response = await fetchProtectedResource(this.configuration, accessToken, url, 'GET').catch(refuse);
    return readProfile(response);
  }
}

function toStore({ access_token, refresh_token, expires_in, scope }: TokenEndpointResponse): ProviderTokens {
  if (refresh_token === undefined || expires_in === undefined) throw invalid('tokens are missing');
  return { access_token, refresh_token, expires_in, scope };
}

function refuse(error: unknown): never {
  throw refusalOf(error);
}
