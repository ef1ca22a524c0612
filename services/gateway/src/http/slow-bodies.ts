import type { FastifyInstance } from 'fastify';
import { REQUEST_TIMEOUT } from './broken-request.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes large files, which may come slowly. */
    upload?: boolean;
  }
}

/**
 * Ends requests whose body does not come in time. The server's own limit is for all routes alike, and uploads need a
 * long one.
 */
export function refuseSlowBodies(app: FastifyInstance, withinMs: number): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { raw } = request;
    const hasBody = Number(raw.headers['content-length']) > 0 || 'transfer-encoding' in raw.headers;
    if (hasBody && !request.routeOptions.config.upload) {
      const refuse = () => {
        if (raw.complete) return;
        // What the server's own limit does.
        const error = Object.assign(new Error('request timeout'), { code: REQUEST_TIMEOUT });
        app.server.emit('clientError', error, raw.socket);
      };
      const timer = setTimeout(refuse, withinMs);
      raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
}
