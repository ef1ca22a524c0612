import { z } from 'zod';
import { id, nobody } from '../id.js';
import { type AskerName, askerName } from '../service-name.js';

export const role = z.enum(['admin']);
export type Role = z.output<typeof role>;
export const roles = z.array(role).max(role.options.length);

/** What a credential may be used for; a session has every scope, a key those that it was made with. */
export const scope = z.enum(['read', 'write', 'admin']);
export type Scope = z.output<typeof scope>;
export const scopes = z.array(scope).max(scope.options.length);

/**
 * Who makes a request. The gateway makes one for each request, and it travels with every question that the request
 * leads to, so that the service that owns the data can check it.
 */
export const principal = z.object({
  who: z.discriminatedUnion('kind', [
    /** Whoever: nobody signed in. */
    z.object({ kind: z.literal('anonymous') }),
    z.object({ kind: z.literal('user'), user_id: id }),
    /** Open mode: whoever reaches the port, who owns everything. */
    z.object({ kind: z.literal('local_operator') }),
    /** One of our services, for a job or for its own needs. */
    z.object({ kind: z.literal('service'), service: askerName }),
  ]),
  roles,
  scopes,
  authenticated_by: z.enum(['nothing', 'open_mode', 'session', 'api_key', 'internal']),
  /** Of a session: which one it is. */
  session_id: id.optional(),
  /** Of an API key: which one it is. */
  key_id: id.optional(),
  /** Of a session: until when its sign-in is a fresh proof of who it is, as Unix time in seconds. */
  fresh_until: z.int().optional(),
});
export type Principal = z.output<typeof principal>;

export const anonymous: Principal = {
  who: { kind: 'anonymous' },
  roles: [],
  scopes: [],
  authenticated_by: 'nothing',
};

export const localOperator: Principal = {
  who: { kind: 'local_operator' },
  roles: ['admin'],
  scopes: ['read', 'write', 'admin'],
  authenticated_by: 'open_mode',
};

/** What a service is when it asks for itself, or for a job. */
export const servicePrincipal = (service: AskerName): Principal => ({
  who: { kind: 'service', service },
  roles: [],
  scopes: [],
  authenticated_by: 'internal',
});

/** One name for each caller, for what is kept per caller: idempotency keys, limits. */
export function callerName({ who }: Principal): string {
  switch (who.kind) {
    case 'anonymous':
    case 'local_operator':
      return who.kind;
    case 'user':
      return `user:${who.user_id}`;
    case 'service':
      return `service:${who.service}`;
    default:
      return who satisfies never;
  }
}

/** Whether what belongs to this user is the caller's to see and change. What belongs to `nobody` is the admins'. */
export function owns({ who, roles }: Principal, userId: string): boolean {
  if (who.kind === 'local_operator' || who.kind === 'service') return true;
  if (userId === nobody) return roles.includes('admin');
  return who.kind === 'user' && who.user_id === userId;
}
