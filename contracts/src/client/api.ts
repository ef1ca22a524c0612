import { ApiError, ApiUnreachable, errorOf } from './api-error.ts';

/** Where the API is, and what goes with every call. */
export interface Api {
  /** Such as `http://127.0.0.1:8000`; empty for the site that a page came from. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the global one: to add what differs from call to call, or to watch the answers. */
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** On writes: the same key with the same input does the work once and gives the same answer. */
  readonly idempotencyKey?: string;
}

/**
 * Sends what was made of a route and its input, and gives the answer unread.
 * @throws {ApiError} it is not 2xx. @throws {ApiUnreachable} there is none.
 */
export async function send(
  api: Api,
  path: string,
  init: RequestInit & { readonly headers?: Readonly<Record<string, string>> },
  { headers, signal, idempotencyKey }: CallOptions,
): Promise<Response> {
  // Browsers refuse to be called as the method of an object.
  const { fetch = globalThis.fetch } = api;
  // What cannot be sent is the caller's mistake, and says so before anything is sent.
  const request = {
    ...init,
    ...(signal && { signal }),
    headers: new Headers({
      accept: 'application/json',
      ...init.headers,
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      ...api.headers,
      ...headers,
    }),
  };
  const response = await fetch(addressOf(api.url, path), request).catch((cause: unknown) => {
    // The only error by which fetch says that the network failed; another one is a signal's reason.
    throw cause instanceof TypeError ? new ApiUnreachable(api.url, { cause }) : cause;
  });
  if (!response.ok) throw await errorOf(response);
  return response;
}

/** @throws {TypeError} the API's address is none. */
function addressOf(url: string, path: string): string {
  if (url !== '' && !/^https?:\/\/[^/]/.test(url)) {
    throw new TypeError(`"${url}" is not the address of an API: it has to begin with http:// or https://`);
  }
  return `${url.replace(/\/+$/, '')}${path}`;
}

/** The answer's JSON. @throws {ApiError} it is something else. */
export async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(
      response.status,
      'the answer is not valid JSON: is there an Undertone at this address?',
    );
  }
}
