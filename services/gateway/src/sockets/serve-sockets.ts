import type { IncomingMessage } from 'node:http';
import fastifyWebsocket from '@fastify/websocket';
import { context } from '@opentelemetry/api';
import { SOCKET_PATH, SOCKET_PROTOCOL } from '@undertone/contracts/live/socket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { authorizes } from '../callers/authorize.js';
import { answerRaw } from '../http/broken-request.js';
import { HttpProblem } from '../problems/problem.js';
import { Conversation, type ConversationDependencies } from './conversation.js';
import { closings, OpenSocket } from './open-socket.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It is asked for a WebSocket. */
    isSocket?: boolean;
  }
}

const LARGEST_MESSAGE_BYTES = 16 * 1024;
const LOOK_MS = 20_000;

/** Only here does a request become another protocol; elsewhere `Upgrade` is ignored, as RFC 9110, section 7.8, allows. */
export const isUpgrade = ({ url = '', headers }: IncomingMessage): boolean =>
  url.split('?', 1)[0] === SOCKET_PATH && headers.upgrade?.toLowerCase() === 'websocket';

/** Prepares the server for WebSockets, which end when it closes. */
export async function registerSockets(app: FastifyInstance, lookMs = LOOK_MS): Promise<void> {
  const open = new Set<OpenSocket>();
  app.decorate('openSockets', open);
  const timer = setInterval(() => {
    for (const socket of open) socket.look();
  }, lookMs).unref();
  await app.register(fastifyWebsocket, {
    options: {
      maxPayload: LARGEST_MESSAGE_BYTES,
      autoPong: false,
      handleProtocols: (offered) => (offered.has(SOCKET_PROTOCOL) ? SOCKET_PROTOCOL : false),
    },
    // What its client does wrong, as a message that is too large, closes it with a code.
    errorHandler: () => undefined,
    preClose: (done) => {
      clearInterval(timer);
      for (const socket of open) socket.close(closings.shuttingDown);
      app.websocketServer.close();
      done();
    },
  });
  // RFC 6455, section 4.4: whoever speaks another version is told which one is spoken here.
  app.websocketServer.on('wsClientError', ({ message }, socket) => {
    const headers = { 'sec-websocket-version': '13' };
    answerRaw(socket, new HttpProblem('BAD_REQUEST', `no WebSocket handshake: ${message}`, { headers }));
    socket.once('finish', () => socket.destroy());
  });
}

declare module 'fastify' {
  interface FastifyInstance {
    openSockets: Set<OpenSocket>;
  }
}

/** `WS /ws`: the messages of the earlier version. It counts as a stream of events that is open. */
export function serveSockets(app: FastifyInstance, dependencies: ConversationDependencies): void {
  app.route({
    method: 'GET',
    url: SOCKET_PATH,
    config: { rateClass: 'reads', isSocket: true },
    onRequest: authorizes({ access: 'user', method: 'GET' }),
    preHandler: async ({ caller }) => app.streamPlaces.checkRoom(caller),
    handler: async () => {
      throw new HttpProblem('UPGRADE_REQUIRED', 'this path takes WebSockets', {
        headers: { upgrade: 'websocket', connection: 'upgrade' },
      });
    },
    wsHandler: (socket, request) => {
      request.span?.setAttribute('http.response.status_code', 101).end();
      dependencies.log.debug({ route: SOCKET_PATH, status: 101, trace_id: request.traceId }, 'answered');
      hold(app, new OpenSocket(socket), request, dependencies);
    },
  });
}

function hold(
  app: FastifyInstance,
  socket: OpenSocket,
  request: FastifyRequest,
  dependencies: ConversationDependencies,
): void {
  const { signal: over, stop } = app.credentialWatch.watch(request.credential);
  over.addEventListener('abort', () => socket.close(closings.credentialEnded), { once: true });
  const giveBack = app.streamPlaces.take(request.caller);
  app.openSockets.add(socket);
  socket.signal.addEventListener('abort', () => {
    stop();
    giveBack();
    app.openSockets.delete(socket);
  });
  const conversation = new Conversation(socket, app.messageLimit(request), request.caller, dependencies);
  socket.onMessage((text) =>
    context.with(request.traceContext ?? context.active(), () => conversation.answer(text)),
  );
}
