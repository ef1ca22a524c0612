import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CallLog } from './call-log.js';
import type { FaultBoard, FaultScope, SimulatedCall } from './fault-board.js';

interface Watched<Fault extends FaultScope & { kind: string }> {
  /** Value of the header `x-undertone-simulator`, which every answer carries. */
  readonly name: string;
  readonly faults: FaultBoard<Fault>;
  readonly calls: CallLog;
  readonly userOf: (request: FastifyRequest) => string | undefined;
  /** Makes the fault happen: throws an error answer, holds the call back, or lets it pass for the route to spoil. */
  readonly apply: (fault: Fault, request: FastifyRequest, reply: FastifyReply) => Promise<void> | void;
}

function describe(request: FastifyRequest, user: string | undefined): SimulatedCall {
  const path = request.url.split('?', 1)[0] ?? request.url;
  const route = request.routeOptions.url?.replace(/:(\w+)/g, '{$1}') ?? '(unknown route)';
  return { path, route: `${request.method} ${route}`, user };
}

/** Counts every call outside `/_control` and lets armed faults meet it, before the route itself is run. */
export function watchCalls<Fault extends FaultScope & { kind: string }>(
  app: FastifyInstance,
  { name, faults, calls, userOf, apply }: Watched<Fault>,
): void {
  const inFlight = new WeakMap<FastifyRequest, SimulatedCall>();

  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-undertone-simulator', name);
  });

  // The body is parsed by now, so that a token request's user is known.
  app.addHook('preHandler', async (request, reply) => {
    if (request.url.startsWith('/_control')) return;
    const call = describe(request, userOf(request));
    inFlight.set(request, call);
    calls.arrived(call);
    const fault = faults.take(call);
    if (!fault) return;
    calls.faulted(call, fault.kind);
    await apply(fault, request, reply);
  });

  app.addHook('onResponse', async (request, reply) => {
    const call = inFlight.get(request);
    if (call && reply.raw.writableFinished) calls.answered(call, reply.statusCode);
  });
}

/** Holds a call back; ends early, without an error, when the server closes or another signal aborts. */
export async function holdBack(milliseconds: number, ...signals: AbortSignal[]): Promise<void> {
  await delay(milliseconds, undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined);
}

/** Never answers; the connection stays open until the client or the server closes it. */
export function neverAnswer(reply: FastifyReply): void {
  reply.hijack();
}

/** Closes the connection without an answer. */
export function cutConnection(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.destroy();
}
