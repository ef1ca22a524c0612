import { isIP } from 'node:net';
import { isLoopback } from '@undertone/platform/settings/loopback';

/**
 * Whether a request's `Host` is this server's own: no site's name that was pointed at this machine. Behind a port that
 * is published on loopback, in a container, its own address passes too: a browser asks for an address without DNS, so
 * nobody can point it elsewhere. Names other than loopback's never pass, not even those without a dot, which the
 * resolver of a foreign network may give as it likes.
 */
export function isOwnHost(
  host: string | undefined,
  { behindLoopbackPort }: { behindLoopbackPort: boolean },
): boolean {
  // Only HTTP/1.0 leaves it out, and no browser does.
  if (host === undefined) return true;
  const name = hostOf(host)?.hostname;
  if (name === undefined) return false;
  return isLoopback(name) || (behindLoopbackPort && isIP(withoutBrackets(name)) !== 0);
}

/** Whether a page's `Origin` is this server, by any of its loopback names. `null`, of sandboxed frames, is nobody's own. */
export function isOwnOrigin(origin: string, host: string | undefined): boolean {
  const here = host === undefined ? undefined : hostOf(host);
  if (!here || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  if (page.host === here.host) return true;
  return page.port === here.port && isLoopback(page.hostname) && isLoopback(here.hostname);
}

function hostOf(host: string): URL | undefined {
  // More than a name and a port, which a URL would take for a user or a path.
  if (/[/@?#\\]/.test(host)) return undefined;
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

const withoutBrackets = (name: string): string => name.replace(/^\[(.*)\]$/, '$1');
