import { randomUUID } from 'node:crypto';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { SpanKind } from '@opentelemetry/api';
import type { Principal } from '@undertone/contracts/access/principal';
import { type ProblemCode, statusOf } from '@undertone/contracts/problems';
import { type RpcDefinition, repeatedSubject } from '@undertone/contracts/rpc';
import { z } from 'zod';
import { largestBody } from '../nats/largest-body.js';
import { spanNames } from '../telemetry/names.js';
import { currentTraceHeaders, inSpan } from '../telemetry/tracing.js';
import { askOnce, askTwice } from './ask-twice.js';
import { setDeadline } from './deadline-header.js';
import { isNobody, isSilence } from './is-silence.js';
import { setPrincipal } from './principal-header.js';

/** How long the first of a service's replicas is waited for; the others, a third of a second after the one before. */
const ALL_MS = 1_000;

/** A service does not answer. */
export class ServiceUnavailable extends Error {
  readonly code = 'SERVICE_UNAVAILABLE';
  constructor(
    readonly service: string,
    cause: unknown,
  ) {
    super(`the ${service} service does not answer`, { cause });
    this.name = 'ServiceUnavailable';
  }

  /** Whether no replica of it was there, so that the question reached nobody. */
  get reachedNobody(): boolean {
    return isNobody(this.cause);
  }
}

const fieldError = z.object({ path: z.string(), message: z.string() });
type FieldError = z.output<typeof fieldError>;

/** A service refused a question, with a code of its own. */
export class Refused extends Error {
  /**
   * @param errors the fields that are wrong, where some are.
   * @param status HTTP status that the code leads to; given only for a code of another release.
   * @param retryAfter seconds after which the question may be asked again, where that is known.
   */
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly errors?: readonly FieldError[],
    readonly status: number = statusOf(code),
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'Refused';
  }

  /** A refusal as it came over the wire; its code may be one that only the service's release knows. */
  static received({ code, status, message, errors, retry_after }: z.output<typeof refusal>): Refused {
    return new Refused(code as ProblemCode, message, errors, status, retry_after);
  }
}

/** One field of a question is wrong, which only the service could tell. */
export const wrongField = (path: string, message: string): Refused =>
  new Refused('INVALID_INPUT', `${path}: ${message}`, [{ path, message }]);

/** A cursor is the one field of a list that only the service that gave it can judge. */
export const badCursor = (): Refused =>
  new Refused('BAD_CURSOR', 'cursor: not one that this list gave', [
    { path: 'cursor', message: 'is not one that this list gave' },
  ]);

/** What a refusal looks like on the wire. */
export const refusal = z.object({
  code: z.string(),
  status: z.int(),
  message: z.string(),
  errors: z.array(fieldError).optional(),
  /** In seconds. */
  retry_after: z.int().optional(),
});

// The packet of Nest's NATS transport: @nestjs/microservices, serializers and deserializers of ServerNats.
const answer = z.object({ err: z.unknown().optional(), response: z.unknown().optional() });

/**
 * Asks other services, in the packets of Nest's NATS transport, with a deadline on every question. Reads are asked a second
 * time where the first is not answered, writes never. Each question says who is asking, and the service that answers it
 * checks that.
 */
export class RpcClient {
  /**
   * @param caller for whom it asks.
   * @param atMostMs for callers that cannot wait as long as a question's own deadline.
   */
  constructor(
    private readonly nats: NatsConnection,
    private readonly caller: Principal,
    private readonly atMostMs = Number.POSITIVE_INFINITY,
  ) {}

  /**
   * @throws {ServiceUnavailable} nobody answered in time.
   * @throws {Refused} the service said no, or the question is larger than NATS takes.
   */
  ask<I, O>(definition: RpcDefinition<I, O>, question: I): Promise<O> {
    return inSpan(spanNames.ask(definition.subject), { kind: SpanKind.CLIENT }, async () => {
      const { service, subject, isWrite } = definition;
      const asked = {
        service,
        subject,
        body: JSON.stringify({ pattern: subject, data: question, id: randomUUID() }),
        headers: this.headers(definition.timeoutMs),
        timeoutMs: Math.min(definition.timeoutMs, this.atMostMs),
      };
      this.refuseTooLarge(asked.body);
      // A write that got no answer may have been done.
      const ask = isWrite ? askOnce : askTwice;
      const reply = await ask(this.nats, asked).catch((error: unknown) => {
        if (isSilence(error)) throw new ServiceUnavailable(definition.service, error);
        throw error;
      });
      const { err, response } = answer.parse(reply.json());
      if (err !== undefined && err !== null) {
        const refused = refusal.safeParse(err);
        if (refused.success) throw Refused.received(refused.data);
        throw new ServiceUnavailable(definition.service, err);
      }
      return definition.output.parse(response);
    });
  }

  /**
   * Asks all replicas of a service at once.
   * @returns what those answered who did within a moment; nothing, where none is there. An answer of another release that this one cannot
   * read is left out.
   */
  askAll<I, O>(definition: RpcDefinition<I, O>, question: I): Promise<O[]> {
    return inSpan(spanNames.ask(definition.subject), { kind: SpanKind.CLIENT }, async () => {
      const { subject } = definition;
      const body = JSON.stringify({ pattern: subject, data: question, id: randomUUID() });
      const options = { strategy: 'stall', maxWait: ALL_MS, headers: this.headers(ALL_MS) } as const;
      const answers: O[] = [];
      try {
        for await (const reply of await this.nats.requestMany(repeatedSubject(subject), body, options)) {
          const { response } = answer.parse(reply.json());
          const read = definition.output.safeParse(response);
          if (read.success) answers.push(read.data);
        }
      } catch (error) {
        if (!isSilence(error)) throw error;
      }
      return answers;
    });
  }

  private headers(timeoutMs: number): MsgHdrs {
    const carried = headers();
    setPrincipal(carried, this.caller);
    setDeadline(carried, Math.min(timeoutMs, this.atMostMs));
    for (const [name, value] of Object.entries(currentTraceHeaders())) carried.set(name, value);
    return carried;
  }

  private refuseTooLarge(body: string): void {
    const bytes = Buffer.byteLength(body);
    const most = largestBody(this.nats);
    if (bytes <= most) return;
    throw new Refused(
      'QUESTION_TOO_LARGE',
      `the request makes a question of ${bytes} bytes, and services send each other at most ${most}`,
    );
  }
}
