import type { Logger } from '@undertone/platform/logging/logger';
import type { FastifyInstance } from 'fastify';

/**
 * One line a request: the route's pattern and not the URL, which may hold ids and, from old clients, tokens. Probes
 * and reads that went well are for debugging only.
 */
export function logRequests(app: FastifyInstance, log: Logger): void {
  app.addHook('onResponse', (request, reply, done) => {
    const line = {
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      trace_id: request.traceId,
    };
    if (request.method === 'GET' && reply.statusCode < 500) log.debug(line, 'answered');
    else log.info(line, 'answered');
    done();
  });
}
