import fastifyCors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

const PREFLIGHT_SECONDS = 600;

/**
 * Lets pages of the origins that the operator names read answers, with a token of their own. Cookies are no business of
 * theirs: a browser that is signed in here stays for the pages of `PUBLIC_URL` alone.
 */
export async function admitOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(fastifyCors, {
    origin: [...origins],
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'last-event-id', 'traceparent'],
    exposedHeaders: ['link', 'location', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-trace-id'],
    maxAge: PREFLIGHT_SECONDS,
  });
}
