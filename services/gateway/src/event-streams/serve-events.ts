import fastifySse from '@fastify/sse';
import { context } from '@opentelemetry/api';
import type { Principal } from '@undertone/contracts/access/principal';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { authorizes, checkOwner } from '../callers/authorize.js';
import type { CredentialWatch } from '../credentials/credential-watch.js';
import { gatherInput } from '../http/gather-input.js';
import { fastifyPath } from '../http/serve-route.js';
import type { StreamPlaces } from './stream-places.js';

/** One server-sent event; its data goes out as JSON. */
export interface SentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

export interface Follower {
  readonly caller: Principal;
  /** What the client saw last, by its `Last-Event-ID`. */
  readonly lastEventId: string | undefined;
  /** Aborts when the client is gone or the server closes. */
  readonly signal: AbortSignal;
}

const HEARTBEAT_MS = 15_000;
/** A client that is still there comes back with `Last-Event-ID`. */
const LONGEST_MS = 24 * 60 * 60 * 1000;

/**
 * Prepares the server for routes that send events; they end when the server closes.
 * @param places for streams that are open at once.
 * @param watch ends those whose credential ends.
 */
export async function registerSse(
  app: FastifyInstance,
  places: StreamPlaces,
  watch: CredentialWatch,
): Promise<void> {
  // Its types say that the plugin is the default of the default, which is not the one for the whole server.
  await app.register(fastifySse as unknown as typeof fastifySse.default, { heartbeatInterval: HEARTBEAT_MS });
  const closing = new AbortController();
  app.decorate('followersEnd', closing.signal);
  app.decorate('streamPlaces', places);
  app.decorate('credentialWatch', watch);
  app.addHook('preClose', async () => closing.abort());
}

declare module 'fastify' {
  interface FastifyInstance {
    followersEnd: AbortSignal;
    streamPlaces: StreamPlaces;
    credentialWatch: CredentialWatch;
  }
}

/**
 * Serves a route of the contracts as a stream of events. What is thrown before the first one is answered as a problem.
 * A client that has seen the end gets 204, which tells it to come no more (HTML, "Server-sent events").
 * @param follow gives `undefined` to say that the stream stands, though the client has seen all there is by now.
 */
export function serveEvents<I>(
  app: FastifyInstance,
  route: RouteDefinition<I>,
  follow: (input: I, follower: Follower) => AsyncIterable<SentEvent | undefined>,
): void {
  app.route({
    method: route.method,
    url: fastifyPath(route.path),
    sse: 'manual',
    config: { rateClass: 'reads', definition: route },
    onRequest: authorizes(route),
    handlerTimeout: LONGEST_MS,
    handler: async (request, reply) => {
      const { caller } = request;
      const input = gatherInput(route, request);
      request.asked = input;
      checkOwner(route, caller, input as object);
      app.streamPlaces.checkRoom(caller);
      // One for all that ends it: a signal of several signals takes a kilobyte more, of each of thousands of streams.
      const over = new AbortController();
      const end = () => over.abort();
      reply.sse.onClose(end);
      app.followersEnd.addEventListener('abort', end);
      const { signal, stop } = app.credentialWatch.watch(request.credential, over);
      // Whoever does not read holds up the next event, which is waited for no longer than the client is there.
      const letGo = () => {
        if (reply.raw.writableNeedDrain) reply.raw.destroy();
        reply.raw.emit('drain');
      };
      signal.addEventListener('abort', letGo, { once: true });
      const lastEventId = reply.sse.lastEventId ?? undefined;
      let stands = false;
      const giveBack = app.streamPlaces.take(caller);
      try {
        await context.with(request.traceContext ?? context.active(), async () => {
          for await (const event of follow(input, { caller, lastEventId, signal })) {
            if (signal.aborted) return;
            if (!stands) await app.auditUse(request, route.success.status);
            stands = true;
            if (event) await reply.sse.send(event);
            else stand(reply);
          }
        });
      } finally {
        app.followersEnd.removeEventListener('abort', end);
        stop();
        giveBack();
      }
      if (!stands && !signal.aborted) return reply.code(204).send();
    },
  });
}

/** Lets the client know that it is being served. */
function stand(reply: FastifyReply): void {
  reply.sse.sendHeaders();
  reply.raw.flushHeaders();
}
