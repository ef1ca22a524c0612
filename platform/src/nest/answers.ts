import {
  type ArgumentsHost,
  applyDecorators,
  type CallHandler,
  Catch,
  createParamDecorator,
  type ExceptionFilter,
  type ExecutionContext,
  Logger,
  type NestInterceptor,
  type PipeTransform,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { MessagePattern, type NatsContext, Transport } from '@nestjs/microservices';
import { SpanKind } from '@opentelemetry/api';
import { lacksScope, neededScope, refusalOf } from '@undertone/contracts/access/access';
import type { Principal } from '@undertone/contracts/access/principal';
import { UnreadableEvent } from '@undertone/contracts/event';
import { problems, statusOf } from '@undertone/contracts/problems';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { from, lastValueFrom, type Observable, throwError } from 'rxjs';
import { CacheUnavailable } from '../cache/read-cache.js';
import { isDatabaseUnavailable } from '../database/is-database-unavailable.js';
import { EventTooLarge, LogUnavailable, ReadModelAhead } from '../event-store/event-store.js';
import { Rejected } from '../event-store/rejected.js';
import { TransientJobError } from '../jobs/job-errors.js';
import { isTooLate } from '../rpc/deadline-header.js';
import { principalOf } from '../rpc/principal-header.js';
import { Refused, ServiceUnavailable } from '../rpc/rpc-client.js';
import { spanNames } from '../telemetry/names.js';
import { contextFrom, inSpan, traceHeadersOf } from '../telemetry/tracing.js';
import type { QuestionExtras } from './question-server.js';

const log = new Logger('answers');

const isUnavailable = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof LogUnavailable ||
  error instanceof ReadModelAhead ||
  error instanceof ServiceUnavailable ||
  error instanceof CacheUnavailable ||
  error instanceof TransientJobError;

/**
 * Refusals go to whoever asked as they are, and rejected commands with the status that their code has; anything else
 * stays in the log.
 */
@Catch()
class AnswerErrors implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    if (error instanceof EventTooLarge) {
      const { code, message } = error;
      return throwError(() => ({ code, status: statusOf(code), message }));
    }
    if (error instanceof Refused || error instanceof Rejected) {
      const { code, message, errors } = error;
      const isRefused = error instanceof Refused;
      const status = isRefused ? error.status : statusOf(code);
      const after = isRefused && error.retryAfter !== undefined && { retry_after: error.retryAfter };
      return throwError(() => ({ code, status, message, ...(errors && { errors }), ...after }));
    }
    // What the service needs is unavailable for now: not a fault of the question, which may be asked again.
    if (isUnavailable(error)) {
      const { code, message } = error;
      return throwError(() => ({ code, status: 503, message }));
    }
    const subject = host.switchToRpc().getContext<NatsContext>().getSubject();
    if (error instanceof UnreadableEvent) {
      log.warn(`a question on ${subject} needs a newer release: ${error.message}`);
      const message = 'the service met an event of a newer release, and waits to be replaced';
      return throwError(() => ({ code: 'SERVICE_UNAVAILABLE', status: 503, message }));
    }
    if (isDatabaseUnavailable(error)) {
      log.warn(
        `a question on ${subject} could not be answered, Postgres is unavailable: ${(error as Error).message}`,
      );
      const message = 'the database of the service does not answer';
      return throwError(() => ({ code: 'SERVICE_UNAVAILABLE', status: 503, message }));
    }
    log.error(`a question on ${subject} could not be answered`, error);
    return throwError(() => ({ code: 'INTERNAL', status: 500, message: 'something failed inside' }));
  }
}

const headersOf = (execution: ExecutionContext) =>
  execution.switchToRpc().getContext<NatsContext>().getHeaders() as { get(name: string): string } | undefined;

const callerOf = (execution: ExecutionContext): Principal => {
  const caller = principalOf(headersOf(execution));
  if (caller) return caller;
  throw new Refused('CALLER_UNKNOWN', 'the question does not say who is asking');
};

const missingScope = (scope: string): Refused =>
  new Refused('FORBIDDEN', `the credential does not have the scope "${scope}"`);

/** Nobody hears it. A replica that was frozen finds such questions when it wakes, and whoever asked was told that nothing was done. */
const tooLate = (): Refused =>
  new Refused('SERVICE_UNAVAILABLE', 'the question came too late to be answered');

/**
 * Refuses a question whose asker may not ask it, as far as that can be told without a look at any row, and one that would change
 * something after its asker has given up.
 */
class AnswerAccess implements NestInterceptor {
  constructor(private readonly definition: RpcDefinition) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const question = execution.switchToRpc().getData<{ user_id?: unknown } | null>();
    const { access, isWrite } = this.definition;
    if (isWrite && isTooLate(headersOf(execution))) throw tooLate();
    const caller = callerOf(execution);
    const refusal = refusalOf(access, caller, question ?? {});
    if (refusal) throw new Refused(refusal, problems[refusal].meaning);
    if (lacksScope(access, isWrite, caller)) throw missingScope(neededScope(access, isWrite));
    return next.handle();
  }
}

/** Parameter of an answering method: who is asking. What a question names by its own id, the method checks with `owns`. */
export const Caller = createParamDecorator(
  (_nothing: unknown, execution: ExecutionContext): Principal => callerOf(execution),
);

class AnswerSpan implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const nats = execution.switchToRpc().getContext<NatsContext>();
    return from(
      inSpan(
        spanNames.answer(nats.getSubject()),
        { kind: SpanKind.SERVER, parent: contextFrom(traceHeadersOf(headersOf(execution))) },
        () => lastValueFrom(next.handle()),
      ),
    );
  }
}

const extrasOf = ({ isWrite }: RpcDefinition): QuestionExtras => ({ isRead: !isWrite });

/**
 * The method answers the question, of those who may ask it; it throws `Refused` to say no, as a decider throws
 * `Rejected`.
 */
export const Answers = (definition: RpcDefinition): MethodDecorator =>
  applyDecorators(
    MessagePattern(definition.subject, Transport.NATS, extrasOf(definition)),
    UseInterceptors(new AnswerSpan(), new AnswerAccess(definition)),
    UseFilters(new AnswerErrors()),
  );

/** Pipe for the answering method's payload: checks the question against its schema. */
export const asked = (definition: RpcDefinition): PipeTransform => ({
  transform(question: unknown) {
    const parsed = definition.input.safeParse(question);
    if (parsed.success) return parsed.data;
    const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    const faults = errors.map(({ path, message }) => `${path}: ${message}`);
    throw new Refused('BAD_QUESTION', faults.join('; '), errors);
  },
});
