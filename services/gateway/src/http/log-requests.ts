import type { Logger } from '@undertone/platform/logging/logger';
import type { FastifyInstance } from 'fastify';
import type { AuditLog } from '../audit-log/audit-log.js';
import { isDenial } from '../audit-log/is-denial.js';
import { DeniedRequests, isCounted, tellOfDenied } from './denied-requests.js';

/**
 * One line a request: the route's pattern and not the URL, which may hold ids and, from old clients, tokens. Probes
 * and reads that went well are for debugging only, and so is each request that was denied: those are counted.
 */
export function logRequests(app: FastifyInstance, log: Logger, audit: AuditLog): void {
  const denied = new DeniedRequests(log, audit);
  tellOfDenied(app, denied);
  app.addHook('onResponse', (request, reply, done) => {
    const line = {
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      trace_id: request.traceId,
    };
    const isDenied = isDenial(reply.statusCode);
    if (isCounted(request, reply.statusCode)) denied.add(request, reply.statusCode);
    if (isDenied || (request.method === 'GET' && reply.statusCode < 500)) log.debug(line, 'answered');
    else log.info(line, 'answered');
    done();
  });
}
