import type { IncomingHttpHeaders } from 'node:http';
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
