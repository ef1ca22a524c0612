import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const PREFLIGHT_SECONDS = 600;

/**
 * Lets pages of the origins that the operator names read answers, with a token of their own. Cookies are no business of
 * theirs: a browser that is signed in here stays for the pages of `PUBLIC_URL` alone.
 * @param paths of the routes that they may call; absent: all.
 */
export async function admitOrigins(
  app: FastifyInstance,
  origins: readonly string[],
  paths?: readonly string[],
): Promise<void> {
  if (origins.length === 0) return;
  const admitted: FastifyCorsOptions = {
    origin: [...origins],
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'last-event-id', 'traceparent'],
    exposedHeaders: [
      'deprecation',
      'link',
      'location',
      'ratelimit',
      'ratelimit-policy',
      'retry-after',
      'sunset',
      'x-trace-id',
    ],
    maxAge: PREFLIGHT_SECONDS,
  };
  if (!paths) {
    await app.register(fastifyCors, admitted);
    return;
  }
  // A preflight is of no route, so that it goes by the path.
  await app.register(fastifyCors, {
    delegator: (request: FastifyRequest, done: (error: Error | null, options: FastifyCorsOptions) => void) =>
      done(null, paths.includes(request.url.split('?')[0] ?? '') ? admitted : { origin: false }),
  });
}
