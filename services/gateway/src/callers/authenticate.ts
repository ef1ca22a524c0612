import type { Principal } from '@undertone/contracts/access/principal';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** What a caller showed, and how long it is good. */
export interface Credential {
  /** The session or API key, by which it can be revoked. */
  readonly id: string;
  /** Unix time in milliseconds; absent: it does not end by itself. */
  readonly endsAt?: number;
}

/** Who makes a request. */
export interface Authenticated {
  readonly caller: Principal;
  readonly credential?: Credential;
  /** The request shows a credential that is good for nothing. */
  readonly isRefused?: true;
}

/** Says who makes a request, once for each; `anonymous` where the request says nothing. */
export type Authenticate = (request: FastifyRequest) => Promise<Authenticated>;

declare module 'fastify' {
  interface FastifyRequest {
    caller: Principal;
    credential: Credential | undefined;
    isRefused: boolean;
    /** The caller may use the route. */
    isAdmitted: boolean;
  }
}

/** Gives every request its caller, before anything of a body is read. */
export function authenticateRequests(app: FastifyInstance, authenticate: Authenticate): void {
  app.decorateRequest('caller');
  app.decorateRequest('credential');
  app.decorateRequest('isRefused', false);
  app.decorateRequest('isAdmitted', false);
  app.addHook('onRequest', async (request) => {
    const { caller, credential, isRefused = false } = await authenticate(request);
    Object.assign(request, { caller, credential, isRefused });
  });
}
