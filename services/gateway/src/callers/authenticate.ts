import type { Principal } from '@undertone/contracts/access/principal';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Says who makes a request, once for each; `anonymous` where the request says nothing. */
export type Authenticate = (request: FastifyRequest) => Promise<Principal>;

declare module 'fastify' {
  interface FastifyRequest {
    caller: Principal;
  }
}

/** Gives every request its caller, before anything of a body is read. */
export function authenticateRequests(app: FastifyInstance, authenticate: Authenticate): void {
  app.decorateRequest('caller');
  app.addHook('onRequest', async (request) => {
    request.caller = await authenticate(request);
  });
}
