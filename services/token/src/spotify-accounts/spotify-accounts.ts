import { AnswerTooLong, boundedBody } from '@undertone/platform/outbound/bounded-body';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { z } from 'zod';

/** Far more than any answer of the accounts service. */
const MOST_BYTES = 1_000_000;

/** The provider no longer accepts the refresh token; only the person can change that, by signing in again. */
export class GrantEnded extends Error {
  readonly code = 'GRANT_ENDED';
  constructor() {
    super('the refresh token is no longer good');
    this.name = 'GrantEnded';
  }
}

export interface SpotifyAccountsOptions {
  /** Of the accounts service, without `/api/token`. */
  readonly url: string;
  /** Answers of the simulator are taken in this mode alone. */
  readonly mode: 'spotify' | 'simulator';
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly timeoutMs: number;
}

export interface RefreshedTokens {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** Absent when the old one stays good. */
  readonly refreshToken: string | undefined;
  /** Separated by spaces; absent where Spotify does not say. */
  readonly scope: string | undefined;
}

const granted = z.object({
  access_token: z.string().min(1),
  expires_in: z.int().min(1),
  refresh_token: z.string().min(1).optional(),
  scope: z.string().optional(),
});
const oauthError = z.object({ error: z.string().regex(/^[a-z_]{1,64}$/) });

const unavailable = (why: string): Refused =>
  new Refused('PROVIDER_UNAVAILABLE', `Spotify could not refresh the token: ${why}; try again later`);

/** Spotify's accounts service. Source: Spotify for Developers, "Refreshing tokens"; RFC 6749, sections 5 and 6. */
export class SpotifyAccounts {
  constructor(private readonly options: SpotifyAccountsOptions) {}

  /**
   * A new access token for a refresh token. No error carries a token.
   * @throws {GrantEnded}
   * @throws {Refused} `PROVIDER_UNAVAILABLE` worth another try later, `PROVIDER_REFUSED` and
   * `PROVIDER_NOT_CONFIGURED` when this system's app is at fault, `SIMULATED_PROVIDER`.
   */
  async refresh(refreshToken: string): Promise<RefreshedTokens> {
    const { response, text } = await this.post({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    });
    const body = jsonOf(text);
    if (response.ok) return tokensOf(body);
    if (response.status === 429) {
      const after = response.headers.get('retry-after');
      const seconds = after && /^\d{1,8}$/.test(after) ? `, to be asked again in ${after} s` : '';
      throw unavailable(`it limits requests${seconds}`);
    }
    if (response.status >= 500) throw unavailable(`it answered ${response.status}`);
    const error = oauthError.safeParse(body).data?.error;
    if (error === 'invalid_grant') throw new GrantEnded();
    throw new Refused(
      'PROVIDER_REFUSED',
      `Spotify refused to refresh the token (${response.status}${error ? `, ${error}` : ''}): ` +
        'SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET must be those of the app that the person linked',
    );
  }

  private async post(form: Record<string, string>): Promise<{ response: Response; text: string }> {
    const { url, mode, clientId, clientSecret, timeoutMs } = this.options;
    if (clientId === undefined) {
      throw new Refused(
        'PROVIDER_NOT_CONFIGURED',
        'the token has ended and cannot be refreshed without a Spotify app: set SPOTIFY_CLIENT_ID',
      );
    }
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    try {
      const response = await fetch(`${url.replace(/\/$/, '')}/api/token`, {
        method: 'POST',
        headers: clientSecret === undefined ? {} : { authorization: `Basic ${basic}` },
        body: new URLSearchParams(clientSecret === undefined ? { ...form, client_id: clientId } : form),
        // A refresh token goes to the configured address and to no other.
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      this.checkWho(response, mode);
      return { response, text: (await boundedBody(response, MOST_BYTES)).toString() };
    } catch (error) {
      if (error instanceof Refused) throw error;
      if (error instanceof AnswerTooLong) throw unavailable('its answer does not end');
      const late = error instanceof Error && error.name === 'TimeoutError';
      throw unavailable(late ? `no answer within ${timeoutMs / 1000} s` : 'the connection failed');
    }
  }

  private checkWho(response: Response, mode: SpotifyAccountsOptions['mode']): void {
    if (mode === 'simulator' || !response.headers.has('x-undertone-simulator')) return;
    throw new Refused(
      'SIMULATED_PROVIDER',
      'SPOTIFY_ACCOUNTS_URL is the simulator, but SPOTIFY_MODE is spotify: invented data is not passed off as real',
    );
  }
}

function tokensOf(body: unknown): RefreshedTokens {
  const parsed = granted.safeParse(body);
  if (!parsed.success) throw unavailable('its answer could not be understood');
  const { access_token, expires_in, refresh_token, scope } = parsed.data;
  return { accessToken: access_token, expiresIn: expires_in, refreshToken: refresh_token, scope };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
