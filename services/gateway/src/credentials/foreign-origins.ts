import type { IncomingHttpHeaders } from 'node:http';
import { SOCKET_BEARER_PREFIX } from '@undertone/contracts/live/socket';
import type { FastifyInstance } from 'fastify';
import { HttpProblem } from '../problems/problem.js';

/**
 * Whether a request may come from a page of another site, as far as the browser says so. Reading is not among it: no other
 * site's page is let see an answer.
 *
 * It is what keeps other sites from acting for whoever is signed in (OWASP Cross-Site Request Forgery Prevention Cheat Sheet,
 * "Fetch Metadata headers"): a browser sends `Sec-Fetch-Site`, or an `Origin`, with everything but a GET, and no page can
 * change either. Where there is neither, it is no browser that shows cookies.
 */
export function mayBeForeign(method: string, headers: IncomingHttpHeaders, publicUrl: string): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return false;
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin !== undefined) return origin !== publicUrl;
  return site !== 'same-origin';
}

/**
 * Where people sign in, a page of another site has no business here without a token of its own: it could otherwise have a
 * visitor's browser register people, or guess passwords, from wherever that is.
 */
export function refuseForeignOrigins(app: FastifyInstance, publicUrl: string): void {
  app.addHook('onRequest', async ({ method, headers }) => {
    const isBrowser = headers.origin !== undefined || (headers['sec-fetch-site'] ?? 'none') !== 'none';
    if (isBrowser && headers.authorization === undefined && mayBeForeign(method, headers, publicUrl)) {
      throw foreignOrigin(publicUrl);
    }
  });
}

/**
 * A browser connects for any page, and lets it read what comes (cross-site WebSocket hijacking): so a WebSocket is for the pages of
 * `PUBLIC_URL`, and for those of the named origins with a token of their own. A program sends no `Origin`.
 */
export function refuseForeignSockets(
  app: FastifyInstance,
  publicUrl: string,
  named: readonly string[],
): void {
  app.addHook('onRequest', async ({ headers, routeOptions }) => {
    const { origin } = headers;
    if (!routeOptions.config.isSocket || origin === undefined || origin === publicUrl) return;
    if (named.includes(origin) && showsToken(headers)) return;
    throw foreignOrigin(publicUrl);
  });
}

/** The token or key that a WebSocket's client shows among its protocols, since a page cannot set headers. */
export const socketToken = (headers: IncomingHttpHeaders): string | undefined =>
  headers['sec-websocket-protocol']
    ?.split(',')
    .map((protocol) => protocol.trim())
    .find((protocol) => protocol.startsWith(SOCKET_BEARER_PREFIX))
    ?.slice(SOCKET_BEARER_PREFIX.length);

const showsToken = (headers: IncomingHttpHeaders): boolean =>
  headers.authorization !== undefined || socketToken(headers) !== undefined;

/**
 * Of a page that a browser opens to begin something: a link or a redirect of another site would begin it, too, and end in another account
 * than the one that the browser is signed in to. An address that somebody typed is nobody's page.
 */
export function refuseForeignPage({ 'sec-fetch-site': site }: IncomingHttpHeaders, publicUrl: string): void {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw foreignOrigin(publicUrl);
}

export const foreignOrigin = (publicUrl: string): HttpProblem =>
  new HttpProblem(
    'FOREIGN_PAGE',
    `pages of other sites may not call this API for whoever is signed in; its own are at ${publicUrl} (PUBLIC_URL)`,
  );
