import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { HttpProblem } from '../problems/problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** See `RouteDefinition.textBody`. */
    textBody?: boolean;
  }
}

/**
 * Takes JSON and nothing else; on routes with `textBody` it may be called text, or nothing. No body is no body, whatever
 * `Content-Type` says: `curl -X POST -d ''` and several HTTP libraries name a type for nothing.
 */
export function takeJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    const text = utf8Of(body as Buffer);
    // Read leniently, two bodies that differ in bytes that are no text would be the same one.
    if (text === undefined) done(new HttpProblem('BAD_REQUEST', 'the body is not valid UTF-8'));
    else parse(request, text, done);
  });
  app.addHook('onRequest', ({ headers, routeOptions }, _reply, done) => {
    if (headers['content-length'] === '0') delete headers['content-type'];
    else if (routeOptions.config.textBody && isText(headers)) headers['content-type'] = 'application/json';
    done();
  });
}

function utf8Of(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

// A browser sends these to another origin without asking first: `foreign-pages.ts` is what keeps other sites out.
const isText = ({ 'content-type': type, ...headers }: IncomingHttpHeaders): boolean =>
  type
    ? /^text\/plain\s*(;|$)/i.test(type)
    : headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
