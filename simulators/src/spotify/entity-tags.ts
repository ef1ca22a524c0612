import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/**
 * Gives every good answer of the Web API an entity tag, and answers 304 without a body to who has it already (Spotify Web
 * API, "API calls", Conditional Requests, checked 2026-11).
 */
export function tagAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const tagged = request.method === 'GET' && request.url.startsWith('/v1/') && reply.statusCode === 200;
    if (!tagged || typeof payload !== 'string') return payload;
    const etag = `"${createHash('sha256').update(payload).digest('base64url').slice(0, 27)}"`;
    reply.header('etag', etag);
    if (request.headers['if-none-match'] !== etag) return payload;
    reply.code(304).removeHeader('content-type');
    return '';
  });
}
