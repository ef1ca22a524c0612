/** The three services that the simulator stands in for; each words its errors in its own way. */
export type Provider = 'accounts' | 'web-api' | 'reccobeats';

/** An error answer of the simulated services, worded for the service that the request was meant for. */
export class SpotifyError extends Error {
  readonly status: number;
  /** Seconds for the header `Retry-After`. */
  readonly retryAfter: number | undefined;
  /** The Web API's `reason`, or the accounts service's `error` code. */
  readonly reason: string | undefined;

  constructor(
    status: number,
    message: string,
    extra: { reason?: string; retryAfter?: number | undefined } = {},
  ) {
    super(message);
    this.name = 'SpotifyError';
    this.status = status;
    this.reason = extra.reason;
    this.retryAfter = extra.retryAfter;
  }
}

/** Which service a path belongs to. */
export function providerOf(path: string): Provider {
  if (path.startsWith('/reccobeats')) return 'reccobeats';
  return path.startsWith('/api/token') || path.startsWith('/authorize') ? 'accounts' : 'web-api';
}

function accountsCode(status: number): string {
  return status === 401 ? 'invalid_client' : 'server_error';
}

/**
 * The body of an error answer: the Web API's regular error object, with `reason` where one is given (the quota's is
 * `QUOTA_EXCEEDED`, Web API changelog of July 2026, checked 2026-11); the accounts service's authentication error object
 * of RFC 6749; ReccoBeats' own form.
 */
export function errorBody(provider: Provider, error: SpotifyError, path: string, now: number): object {
  switch (provider) {
    case 'web-api': {
      const { status, message, reason } = error;
      return { error: reason === undefined ? { status, message } : { status, message, reason } };
    }
    case 'accounts':
      return { error: error.reason ?? accountsCode(error.status), error_description: error.message };
    case 'reccobeats':
      return { timestamp: new Date(now).toISOString(), error: error.message, path, status: error.status };
    default:
      return provider satisfies never;
  }
}
