import { context } from '@opentelemetry/api';
import { isForAdmins } from '@undertone/contracts/access/access';
import { callerName, type Principal } from '@undertone/contracts/access/principal';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { authorizes, checkOwner } from '../callers/authorize.js';
import { idempotencyKeyOf } from '../idempotency/idempotency-key.js';
import type { WriteKeys } from '../idempotency/write-keys.js';
import { rateClassOf } from '../rate-limit/policies.js';
import { deprecationHeaders } from './deprecation-headers.js';
import { gatherInput } from './gather-input.js';

declare module 'fastify' {
  interface FastifyInstance {
    writeKeys: WriteKeys;
  }
}

/** What a handler answers; the status is the route's own unless it says otherwise. */
export interface Answer<O> {
  readonly body: O;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the audit: whom it was about, where neither the input nor the body says so. */
  readonly about?: string | undefined;
}

/** What a handler needs of the request beside its input. */
export interface Call {
  readonly caller: Principal;
  /** The client's `Idempotency-Key`, on writes. */
  readonly idempotencyKey: string | undefined;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export type Handler<I, O> = (input: I, call: Call) => Promise<Answer<O>>;

/** From OpenAPI's form of a path to Fastify's: `/api/tasks/{task_id}` to `/api/tasks/:task_id`. */
export const fastifyPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

/**
 * Serves a route of the contracts to those who may call it: its handler gets the checked input, and runs within the request's span.
 * @param options.longestMs for a route that waits longer than others.
 */
export function serveRoute<I, O>(
  app: FastifyInstance,
  route: RouteDefinition<I, O>,
  handle: Handler<I, O>,
  { longestMs }: { readonly longestMs?: number } = {},
): void {
  const deprecation = route.deprecated && deprecationHeaders(route.deprecated);
  app.route({
    method: route.method,
    url: fastifyPath(route.path),
    config: { textBody: route.textBody === true, rateClass: rateClassOf(route), definition: route },
    ...(longestMs !== undefined && { handlerTimeout: longestMs }),
    onRequest: async (request, reply) => {
      if (deprecation) reply.headers(deprecation);
      await authorizes(route)(request);
    },
    handler: async (request, reply) => {
      const { caller } = request;
      const idempotencyKey = route.method === 'GET' ? undefined : idempotencyKeyOf(request.raw);
      const input = gatherInput(route, request);
      request.asked = input;
      checkOwner(route, caller, input as object);
      const made = () => handle(input, { caller, idempotencyKey, request, reply });
      const write = { route: route.id, caller: callerName(caller), key: idempotencyKey, input };
      const answer = await context.with(request.traceContext ?? context.active(), () =>
        // Operators' answers hold nothing of people, and their writes are not all the same when repeated.
        isForAdmins(route.access) && !route.isSecret ? app.writeKeys.sameAnswer(write, made) : made(),
      );
      Object.assign(request, { answered: answer.body, about: answer.about });
      return reply
        .code(answer.status ?? route.success.status)
        .headers(answer.headers ?? {})
        .send(answer.body);
    },
  });
}
