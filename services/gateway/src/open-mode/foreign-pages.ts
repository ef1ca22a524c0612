import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { HttpProblem } from '../http/problem.js';
import { isLoopback } from './loopback.js';

/**
 * In open mode whoever reaches the port acts for everybody, and a browser on this machine reaches it for any page it
 * shows. So a page of another site is refused: by its `Origin`, and, where a site's name was pointed at this machine
 * (DNS rebinding), by the `Host` that it asked for.
 */
export function refuseForeignPages(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ headers }) => {
    if (!isForeignPage(headers)) return;
    throw new HttpProblem('FOREIGN_PAGE', 'sign-in is off, so pages of other sites may not call this API');
  });
}

export function isForeignPage(headers: IncomingHttpHeaders): boolean {
  const { host, origin } = headers;
  if (host && !cannotBeRebound(host)) return true;
  if (origin !== undefined) return !isOwnOrigin(origin, host);
  // A link that a person follows is a read of their own.
  return headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate';
}

// Only names with a dot are in the public DNS, where a site could point one at this machine.
function cannotBeRebound(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(name) !== 0 || isLoopback(name) || !name.includes('.');
}

// "null", which sandboxed frames and local files send, is nobody's own.
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.host === host || isLoopback(url.hostname);
}
