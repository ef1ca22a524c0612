import { ApiError, ApiUnreachable, errorOf } from './api-error.ts';
import type { PlainRoute } from './route-types.ts';

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

/** An input's fields; the typed functions around this room's core check them. */
export type Fields = Readonly<Record<string, unknown>>;

/** The path with its parameters filled in, and the fields that stand elsewhere. */
export function filledPath(path: string, input: Fields): { path: string; rest: Fields } {
  const rest = { ...input };
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = input[name];
    delete rest[name];
    // A URL would take dots for steps in the path, encoded or not.
    if (value === undefined || value === '' || value === '.' || value === '..')
      throw new TypeError(`${name} cannot be ${JSON.stringify(value)} in ${path}`);
    return encodeURIComponent(String(value));
  });
  return { path: filled, rest };
}

/** Fields as a query with its `?`, or nothing; those that are `undefined` are left out. */
export function queryOf(fields: Fields): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (typeof value === 'object')
      throw new TypeError(`${name} does not fit into a query: it is not one value`);
    query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}

/** Whether the fields outside of the path go into the query. */
const isQuery = ({ method, from }: PlainRoute): boolean =>
  from === 'query' || (from === 'query-or-body' && method === 'GET');

/**
 * Calls a route, and gives the answer unread.
 * @throws {ApiError} it is not 2xx. @throws {ApiUnreachable} there is none.
 */
export function request(
  api: Api,
  route: PlainRoute,
  input: Fields,
  options: CallOptions = {},
): Promise<Response> {
  const { path, rest } = filledPath(route.path, input);
  if (isQuery(route)) return send(api, `${path}${queryOf(rest)}`, { method: route.method }, options);
  const headers = { 'content-type': 'application/json' };
  return send(api, path, { method: route.method, headers, body: JSON.stringify(rest) }, options);
}

/** As `request`, with what was made of route and input. */
export async function send(
  api: Api,
  path: string,
  init: RequestInit & { readonly headers?: Readonly<Record<string, string>> },
  { headers, signal, idempotencyKey }: CallOptions,
): Promise<Response> {
  // Browsers refuse to be called as the method of an object.
  const { fetch = globalThis.fetch } = api;
  const response = await fetch(`${api.url.replace(/\/+$/, '')}${path}`, {
    ...init,
    ...(signal && { signal }),
    headers: {
      accept: 'application/json',
      ...init.headers,
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      ...api.headers,
      ...headers,
    },
  }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new ApiUnreachable(api.url, { cause });
  });
  if (!response.ok) throw await errorOf(response);
  return response;
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
