import { callerName } from '@undertone/contracts/access/principal';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import type { FastifyRequest } from 'fastify';
import { clientAddress } from '../callers/client-address.js';
import type { GatewaySettings } from '../settings.js';
import type { Policy, Use } from './gcra.js';

/** What a route is counted as: tries to sign in, sessions that go on, reads, writes, or files. */
export type RateClass = 'sign-in' | 'refreshes' | 'reads' | 'writes' | 'uploads';

export type Policies = Readonly<Record<'address' | RateClass, Policy>>;

const UPLOAD_WINDOW_SECONDS = 3_600;

export function policiesOf(settings: GatewaySettings): Policies {
  const windowSeconds = settings.RATE_LIMIT_WINDOW_SECONDS;
  const of = (name: string, limit: number): Policy => ({ name, limit, windowSeconds });
  return {
    address: of('default', settings.RATE_LIMIT_REQUESTS),
    'sign-in': of('sign-in', settings.RATE_LIMIT_SIGN_IN),
    refreshes: of('refreshes', settings.RATE_LIMIT_WRITES),
    reads: of('reads', settings.RATE_LIMIT_READS),
    writes: of('writes', settings.RATE_LIMIT_WRITES),
    uploads: {
      name: 'uploads',
      limit: settings.RATE_LIMIT_UPLOAD_BYTES,
      windowSeconds: UPLOAD_WINDOW_SECONDS,
    },
  };
}

export function rateClassOf(route: Pick<RouteDefinition, 'id' | 'access' | 'method' | 'from'>): RateClass {
  if (route.from === 'multipart') return 'uploads';
  if (route.method === 'GET') return 'reads';
  // Whoever uses up an address' tries to sign in ends no session of others behind it.
  if (route.id === 'refreshSession') return 'refreshes';
  return route.access === 'public' ? 'sign-in' : 'writes';
}

/** What is counted of a request before anybody looks at who makes it. */
export function usesOfAddress(
  request: FastifyRequest,
  policies: Policies,
  isSignInOn: boolean,
): readonly Use[] {
  const address = clientAddress(request);
  const any = useOfAddress(address, policies);
  const { rateClass } = request.routeOptions.config;
  if (!isSignInOn || (rateClass !== 'sign-in' && rateClass !== 'refreshes')) return [any];
  return [any, { key: `${rateClass}:${address}`, policy: policies[rateClass], cost: 1 }];
}

const useOfAddress = (address: string, policies: Policies): Use => ({
  key: `address:${address}`,
  policy: policies.address,
  cost: 1,
});

/**
 * What is counted of a person's request. A key may use half of what its person may: a program that runs wild leaves them the
 * other half. Nobody in particular is counted by address alone.
 */
export function usesOfCaller(request: FastifyRequest, policies: Policies, mostBytes: number): readonly Use[] {
  const { rateClass } = request.routeOptions.config;
  if (request.caller.who.kind !== 'user' || rateClass === undefined) return [];
  const uses = (policy: Policy, cost: number) => usesOf(request, policy, cost);
  if (rateClass !== 'uploads') return uses(policies[rateClass === 'reads' ? 'reads' : 'writes'], 1);
  // Who does not say how long a file is pays for the longest.
  const bytes = Number(request.headers['content-length'] ?? mostBytes);
  return [...uses(policies.writes, 1), ...uses(policies.uploads, Math.min(bytes, mostBytes))];
}

/** What is counted of a message that comes over a connection which stands: as of a request of its kind. */
export function usesOfMessage(
  sender: Sender & { readonly address: string },
  kind: 'reads' | 'writes',
  policies: Policies,
): readonly Use[] {
  const any = useOfAddress(sender.address, policies);
  return sender.caller.who.kind === 'user' ? [any, ...usesOf(sender, policies[kind], 1)] : [any];
}

export type Sender = Pick<FastifyRequest, 'caller' | 'credential'>;

function usesOf({ caller, credential }: Sender, policy: Policy, cost: number): Use[] {
  const person = { key: `${policy.name}:${callerName(caller)}`, policy, cost };
  if (caller.authenticated_by !== 'api_key' || !credential) return [person];
  const half = { ...policy, name: `${policy.name}-by-key`, limit: Math.ceil(policy.limit / 2) };
  return [person, { key: `${policy.name}:key:${credential.id}`, policy: half, cost }];
}
