import type { IncomingHttpHeaders } from 'node:http';
import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import { HttpProblem } from '../problems/problem.js';
import { isOwnHost, isOwnOrigin } from './own-address.js';

/** The routes that act for the owner of a token in the request, and for nobody else. */
export const selfProving: readonly string[] = [routes.wellnessInsight.path];

/**
 * In open mode whoever reaches the port acts for everybody, and a browser on this machine reaches it for any page it
 * shows. So a page of another site is refused: by its `Origin`, and, where a site's name was pointed at this machine
 * (DNS rebinding), by the `Host` that it asked for. A bearer token makes no difference: nobody checks it in this mode,
 * so any page could send one. Where a request proves by itself whom it is for, pages that the operator names may make it.
 */
export function refuseForeignPages(
  app: FastifyInstance,
  address: { readonly behindLoopbackPort: boolean },
  named: readonly string[] = [],
): void {
  app.addHook('onRequest', async ({ method, headers, routeOptions }) => {
    // A probe acts for nobody, and in compose one may come from another container, which knows this one by its name.
    const probed = routeOptions.config.unlimited === true;
    if (!probed && !isOwnHost(headers.host, address)) {
      throw refused('sign-in is off, so this API answers at localhost or 127.0.0.1 and at no other name');
    }
    const { origin = '' } = headers;
    const isNamed =
      named.includes(origin) && selfProving.includes(routeOptions.config.definition?.path ?? '');
    if (!isNamed && isForeignPage(method, headers)) {
      throw refused('sign-in is off, so pages of other sites may not call this API');
    }
  });
}

const refused = (detail: string): HttpProblem => new HttpProblem('FOREIGN_PAGE', detail);

/** Whether a page that this server did not serve makes the request, as far as the browser says so. */
export function isForeignPage(method: string, headers: IncomingHttpHeaders): boolean {
  const { host, origin, 'sec-fetch-site': site = 'none', 'sec-fetch-mode': mode } = headers;
  if (origin !== undefined) return !isOwnOrigin(origin, host);
  if (site === 'same-origin' || site === 'none') return false;
  // A link that a person follows is a read of their own.
  return mode !== 'navigate' || (method !== 'GET' && method !== 'HEAD');
}
