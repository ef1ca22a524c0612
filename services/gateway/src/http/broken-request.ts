import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { HttpProblem } from '../problems/problem.js';
import { newTraceId } from './request-span.js';

/** Node's code for a request that did not come in time. */
export const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

const known: Readonly<Record<string, HttpProblem>> = {
  [REQUEST_TIMEOUT]: new HttpProblem('REQUEST_TIMEOUT', 'the request did not arrive in time'),
  HPE_HEADER_OVERFLOW: new HttpProblem('HEADERS_TOO_LARGE', 'the headers are larger than this server takes'),
};
const unreadable = new HttpProblem('BAD_REQUEST', 'the request cannot be parsed');

/** Answers an `Expect` other than `100-continue`, which Node would refuse without a body. */
export function answerExpectations(server: Server): void {
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const traceId = newTraceId();
    const problem = new HttpProblem(
      'EXPECTATION_FAILED',
      'this server meets no expectation but 100-continue',
    );
    const body = JSON.stringify(problem.toBody(traceId));
    response
      .writeHead(problem.status, {
        'content-type': 'application/problem+json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'x-trace-id': traceId,
        connection: 'close',
      })
      .end(body);
  });
}

/**
 * HTTP/1.1 demands one `Host` (RFC 9112, section 3.2). Node would refuse a request without one, but without a body, and take
 * the first of several.
 */
export function refuseWrongHosts(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw, headers }) => {
    if (raw.httpVersion === '1.1' && !headers.host) {
      throw new HttpProblem('BAD_REQUEST', 'the request has no Host header');
    }
    if ((raw.headersDistinct.host?.length ?? 0) > 1) {
      throw new HttpProblem('BAD_REQUEST', 'the request has more than one Host header');
    }
  });
}

/** A query that cannot be decoded is refused, as a path is: taken literally, two different ones could be the same. */
export function refuseMalformedQueries(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    const query = (raw.url ?? '').split('?').slice(1).join('?');
    try {
      decodeURIComponent(query);
    } catch {
      throw new HttpProblem('BAD_REQUEST', 'the query is not valid percent-encoded UTF-8');
    }
  });
}

/** Answers bytes that are no HTTP request, or that take too long to become one: there is no request to hook into. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (socket.destroyed || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  answerRaw(socket, known[error.code ?? ''] ?? unreadable);
}

/** Answers a request that nothing else here answers any more, and ends its connection. */
export function answerRaw(socket: Duplex, problem: HttpProblem): void {
  const traceId = newTraceId();
  const headers = Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const body = JSON.stringify(problem.toBody(traceId));
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      `Content-Type: application/problem+json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `${headers.join('')}X-Trace-Id: ${traceId}\r\nConnection: close\r\n\r\n${body}`,
  );
}
