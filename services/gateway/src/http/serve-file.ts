import { Readable } from 'node:stream';
import { context } from '@opentelemetry/api';
import type { Principal } from '@undertone/contracts/access/principal';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import type { FastifyInstance } from 'fastify';
import { authorizes, checkOwner } from '../callers/authorize.js';
import { rateClassOf } from '../rate-limit/policies.js';
import { gatherInput } from './gather-input.js';
import { fastifyPath } from './serve-route.js';

/** How long a download may take: a gigabyte at 2.5 Mbit/s. A client that reads nothing for a minute is cut off before. */
const DOWNLOAD_MS = 60 * 60 * 1000;

/** A file, and its data where that is read. */
export interface ServedFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Whose it is. */
  readonly userId: string;
  open(): Promise<Readable>;
}

/**
 * Serves a route whose answer is a file, as it comes. What fails before the first byte is answered as a problem; after that the
 * connection ends before the length that was said.
 */
export function serveFile<I>(
  app: FastifyInstance,
  route: RouteDefinition<I>,
  find: (input: I, caller: Principal) => Promise<ServedFile>,
): void {
  const { file: type = 'application/octet-stream', status } = route.success;
  app.route({
    method: route.method,
    url: fastifyPath(route.path),
    config: { rateClass: rateClassOf(route), definition: route },
    onRequest: authorizes(route),
    handlerTimeout: DOWNLOAD_MS,
    handler: async (request, reply) => {
      const { caller } = request;
      const input = gatherInput(route, request);
      checkOwner(route, caller, input as object);
      const [file, data] = await context.with(request.traceContext ?? context.active(), async () => {
        const found = await find(input, caller);
        return [found, request.method === 'HEAD' ? Readable.from([]) : await found.open()] as const;
      });
      Object.assign(request, { asked: input, about: file.userId });
      return reply
        .code(status)
        .headers({
          'content-type': type,
          'content-length': file.size,
          'content-disposition': `attachment; filename="${file.name}"`,
        })
        .send(data);
    },
  });
}
