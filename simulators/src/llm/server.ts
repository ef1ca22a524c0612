import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type OpenAI from 'openai';
import { z } from 'zod';
import { CallLog } from '../control/call-log.js';
import { SimulatedClock } from '../control/clock.js';
import { registerControlRoutes } from '../control/control-routes.js';
import { FaultBoard } from '../control/fault-board.js';
import { cutConnection, holdBack, neverAnswer, watchCalls } from '../control/simulated-calls.js';
import { derivedUuid } from '../random.js';
import { chatRequest } from './chat-request.js';
import { complete } from './completion.js';
import { LlmError } from './llm-error.js';
import {
  type AnswerFault,
  errorOf,
  isAnswerFault,
  type LlmFault,
  type LlmFaultInput,
  llmFault,
} from './llm-faults.js';
import { completionBody, completionEvents } from './wire.js';

export interface LlmSimulatorOptions {
  /** 0 takes any free port. */
  readonly port?: number;
  readonly host?: string;
  /** The models it has; others are unknown to it. */
  readonly models?: readonly string[];
  /** Milliseconds before every completion. */
  readonly latencyMs?: number;
  /** Stops the simulator's clock at this moment; the machine's time where absent. */
  readonly now?: Date;
}

/** A running language model simulator, for tests in the same process. */
export interface LlmSimulator {
  /** `http://host:port`; the API's base is `<url>/v1`. */
  readonly url: string;
  readonly clock: SimulatedClock;
  readonly calls: CallLog;
  /** Arms a fault, as `POST /_control/faults` does. */
  addFault(fault: LlmFaultInput): number;
  clearFaults(): void;
  /** Stops it; calls that still hang are cut. */
  close(): Promise<void>;
}

/** The models of a simulator that was not told any. */
export const DEFAULT_MODELS: readonly string[] = ['undertone-sim-1'];

const named = z.object({ user: z.string() });

function requireKey(request: FastifyRequest): void {
  if (/^Bearer \S+$/i.test(request.headers.authorization ?? '')) return;
  throw new LlmError(401, 'You did not provide an API key.', 'invalid_request_error', {
    code: 'invalid_api_key',
  });
}

function requireModel(models: readonly string[], model: string): void {
  if (models.includes(model)) return;
  throw new LlmError(404, `The model '${model}' does not exist.`, 'invalid_request_error', {
    code: 'model_not_found',
  });
}

function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler(async (request) => {
    throw new LlmError(404, `Invalid URL (${request.method} ${request.url})`, 'invalid_request_error');
  });
  app.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) => {
    const type = (error.statusCode ?? 500) < 500 ? 'invalid_request_error' : 'server_error';
    const known =
      error instanceof LlmError ? error : new LlmError(error.statusCode ?? 500, error.message, type);
    if (known.retryAfter !== undefined) reply.header('retry-after', String(known.retryAfter));
    return reply.code(known.status).send(known.body());
  });
}

/** Sends the first half of the pieces and then breaks the connection. */
function sendHalf(reply: FastifyReply, pieces: readonly string[]): FastifyReply {
  const half = pieces.slice(0, Math.ceil(pieces.length / 2));
  async function* broken() {
    yield* half;
    // Lets the half go out on the wire before the connection breaks.
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error('the connection was broken on purpose');
  }
  return reply.send(Readable.from(broken()));
}

/**
 * Starts a stand-in for a language model behind an OpenAI-compatible API. It writes small texts out of the request's own
 * numbers; the same request always gets the same words.
 */
export async function startLlmSimulator(options: LlmSimulatorOptions = {}): Promise<LlmSimulator> {
  const { port = 0, host = '127.0.0.1', models = DEFAULT_MODELS, latencyMs = 0, now } = options;
  const clock = new SimulatedClock(now);
  const faults = new FaultBoard<LlmFault>();
  const calls = new CallLog();
  const closing = new AbortController();
  const spoiled = new WeakMap<FastifyRequest, AnswerFault>();
  const seconds = () => Math.floor(clock.now() / 1000);
  let requests = 0;

  const app = Fastify({ forceCloseConnections: true, bodyLimit: 4 * 1024 * 1024 });
  answerErrors(app);
  app.addHook('onRequest', async (_request, reply) => {
    requests += 1;
    reply.header('x-request-id', `req_${derivedUuid('request', String(requests)).replaceAll('-', '')}`);
  });
  watchCalls(app, {
    name: 'llm',
    faults,
    calls,
    userOf: (request) => named.safeParse(request.body).data?.user,
    apply: async (fault, request, reply) => {
      if (isAnswerFault(fault)) return void spoiled.set(request, fault);
      const error = errorOf(fault);
      if (error) throw error;
      if (fault.kind === 'slow') return holdBack(fault.ms, closing.signal, faults.cleared);
      return fault.kind === 'hang' ? neverAnswer(reply) : cutConnection(reply);
    },
  });
  registerControlRoutes(app, { faults, faultSchema: llmFault, calls, clock });

  const modelObject = (id: string): OpenAI.Model => ({
    id,
    object: 'model',
    created: 1_767_225_600,
    owned_by: 'undertone-simulator',
  });
  app.get('/v1/models', async (request) => {
    requireKey(request);
    return { object: 'list', data: models.map(modelObject) };
  });
  app.get<{ Params: { id: string } }>('/v1/models/:id', async (request) => {
    requireKey(request);
    requireModel(models, request.params.id);
    return modelObject(request.params.id);
  });

  app.post('/v1/chat/completions', async (request, reply) => {
    requireKey(request);
    const parsed = chatRequest.safeParse(request.body);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const param = issue?.path.join('.');
      throw new LlmError(400, issue?.message ?? 'Invalid body', 'invalid_request_error', { param });
    }
    requireModel(models, parsed.data.model);
    if (latencyMs > 0) await holdBack(latencyMs, closing.signal);
    const fault = spoiled.get(request);
    const completion = complete(parsed.data, fault);
    const breaks = fault?.kind === 'stop-mid-stream';
    if (parsed.data.stream) {
      reply.header('content-type', 'text/event-stream; charset=utf-8').header('cache-control', 'no-cache');
      const events = completionEvents(parsed.data, completion, seconds());
      return breaks ? sendHalf(reply, events) : reply.send(Readable.from(events));
    }
    const body = completionBody(parsed.data, completion, seconds());
    if (!breaks) return reply.send(body);
    const text = JSON.stringify(body);
    reply.header('content-type', 'application/json').header('content-length', Buffer.byteLength(text));
    return sendHalf(reply, text.match(/.{1,40}/gs) ?? []);
  });

  const url = await app.listen({ port, host });
  return {
    url,
    clock,
    calls,
    addFault: (fault) => faults.add(llmFault.parse(fault)),
    clearFaults: () => faults.clear(),
    close: async () => {
      closing.abort();
      await app.close();
    },
  };
}
