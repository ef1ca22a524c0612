import { hostAndPortOf } from '@undertone/platform/settings/outbound-allowed';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
} from 'openid-client';
import type { ConfiguredProvider } from '../provider-settings/configured-providers.js';
import type { ProvenAccount, Provider, SignInSecrets } from './provider.js';
import { type CallOptions, invalid, providerFetch, refusalOf } from './provider-calls.js';

/** How long what an issuer says of itself is good. */
const KEPT_MS = 60 * 60 * 1000;

/** How far the clock of a provider may be ahead of ours. */
const MOST_AHEAD_SECONDS = 60;

/** OpenID Connect Core, section 2. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;

/** Any OpenID provider. What it says of itself is read when somebody first signs in with it, so its being away stops no start. */
export class OpenIdProvider implements Provider {
  private discovered: Promise<Configuration> | undefined;
  private good = 0;

  constructor(
    private readonly settings: ConfiguredProvider,
    private readonly calls: CallOptions,
  ) {}

  async authorizationUrl(redirectUri: string, { state, nonce, codeVerifier }: SignInSecrets): Promise<URL> {
    return buildAuthorizationUrl(await this.configuration(), {
      redirect_uri: redirectUri,
      scope: this.settings.scope,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    });
  }

  async prove(returned: URL, { state, nonce, codeVerifier }: SignInSecrets): Promise<ProvenAccount> {
    const configuration = await this.configuration();
    const tokens = await authorizationCodeGrant(configuration, returned, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: codeVerifier,
    }).catch(refuse);
    const claims = tokens.claims();
    if (!claims) throw invalid('it does not say who signed in');
    const { sub, azp, iat } = claims;
    // OpenID Connect Core 3.1.3.7; the library looks at `azp` only where there are several audiences.
    if (azp !== undefined && azp !== this.settings.client_id) throw invalid('it was told for another client');
    if (iat > Date.now() / 1000 + MOST_AHEAD_SECONDS) throw invalid('it comes from the future');
    if (!SUBJECT.test(sub)) throw invalid('"sub" is not 1 to 255 characters of ASCII');
    return {
      issuer: this.settings.issuer,
      subjects: [{ kind: 'sub', name: sub }],
      displayName: async () => {
        const named = nameIn(claims);
        if (named !== undefined || !configuration.serverMetadata().userinfo_endpoint) return named;
        return nameIn(await fetchUserInfo(configuration, tokens.access_token, sub).catch(refuse));
      },
    };
  }

  private configuration(): Promise<Configuration> {
    if (this.discovered && this.good > Date.now()) return this.discovered;
    this.good = Date.now() + KEPT_MS;
    const discovered = this.discover();
    this.discovered = discovered;
    // A failure is not kept.
    discovered.catch(() => {
      if (this.discovered === discovered) this.discovered = undefined;
    });
    return discovered;
  }

  private async discover(): Promise<Configuration> {
    const { id, issuer, client_id, clientSecret } = this.settings;
    const server = new URL(issuer);
    const configuration = await discovery(
      server,
      client_id,
      undefined,
      clientSecret === undefined ? None() : ClientSecretBasic(clientSecret),
      {
        [customFetch]: providerFetch({
          ...this.calls,
          allowed: [...this.calls.allowed, hostAndPortOf(server)],
        }),
        // An id token comes from the provider itself; its signature is checked all the same.
        execute: [
          enableNonRepudiationChecks,
          ...(server.protocol === 'http:' ? [allowInsecureRequests] : []),
        ],
      },
    ).catch(refuse);
    // With a slash more or less it would be another issuer, and everybody who comes by it somebody else.
    const said = configuration.serverMetadata().issuer;
    if (said !== issuer) {
      throw invalid(
        `it calls itself ${said}, and that is what "issuer" of ${id} in OIDC_PROVIDERS has to be`,
      );
    }
    return configuration;
  }
}

function refuse(error: unknown): never {
  throw refusalOf(error);
}

function nameIn({ name, preferred_username }: Record<string, unknown>): string | undefined {
  return [name, preferred_username].find(
    (one): one is string => typeof one === 'string' && one.trim() !== '',
  );
}
