/** What a sign-in with a provider is secured by: each is sent once, and checked when the browser comes back. */
export interface SignInSecrets {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE (RFC 7636). */
  readonly codeVerifier: string;
}

/**
 * What an account is called at its issuer: OpenID's `sub`, or Spotify's `account_id` or `id`. Names of two kinds may read the same and be two
 * people's.
 */
export interface Subject {
  readonly kind: 'sub' | 'account_id' | 'id';
  readonly name: string;
}

/** Whose account it is, proven by the provider. */
export interface ProvenAccount {
  /** Who says so: with it, a subject is one of all that there are. */
  readonly issuer: string;
  /** What the account is called there for ever; where it has had another name, that follows. */
  readonly subjects: readonly [Subject, ...Subject[]];
  /** The name to show a new person with, as the provider has it. @throws {Refused} the provider does not tell. */
  displayName(): Promise<string | undefined>;
  /** What their listening is read with, where they agreed to that. */
  readonly tokens?: ProviderTokens;
}

export interface ProviderTokens {
  readonly access_token: string;
  readonly refresh_token: string;
  /** In seconds. */
  readonly expires_in: number;
  readonly scope?: string | undefined;
}

/** A site that people sign in with, by the authorization code flow with PKCE (RFC 9700, section 2.1.1). */
export interface Provider {
  /** Where a browser goes to sign in there. @throws {Refused} the provider does not answer. */
  authorizationUrl(redirectUri: string, secrets: SignInSecrets): Promise<URL>;
  /**
   * Whose account it is.
   * @param returned the address that the provider sent the browser back to, with all that it said.
   * @throws {Refused} the person said no, the provider does not answer, or what it answers is not believed.
   */
  prove(returned: URL, secrets: SignInSecrets): Promise<ProvenAccount>;
}
