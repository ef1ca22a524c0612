import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { HttpProblem } from '../problems/problem.js';

/**
 * Nothing here decompresses: taken for what it says it is not, a compressed body would be broken JSON or a broken export.
 * @throws {HttpProblem} 415 when the body is said to be encoded (RFC 9110, section 15.5.16).
 */
export function refuseEncoding({ 'content-encoding': encoding }: IncomingHttpHeaders): void {
  if (encoding === undefined || /^\s*(identity)?\s*$/i.test(encoding)) return;
  throw new HttpProblem(
    'UNSUPPORTED_MEDIA_TYPE',
    'send the body as it is, without Content-Encoding: this server decompresses none',
    { headers: { 'accept-encoding': 'identity' } },
  );
}

/** Uploads refuse theirs themselves, since they have to be read on while they are refused. */
export function refuseEncodedBodies(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ headers, method, routeOptions }) => {
    const hasBody = Number(headers['content-length']) > 0 || headers['transfer-encoding'] !== undefined;
    if (hasBody && method !== 'GET' && !routeOptions.config.upload) refuseEncoding(headers);
  });
}
