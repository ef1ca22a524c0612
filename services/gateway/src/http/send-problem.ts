import type { Logger } from '@undertone/platform/logging/logger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toProblem } from '../problems/to-problem.js';
import { newTraceId } from './request-span.js';

/** Fastify's error handler: the error as `application/problem+json`; what nobody foresaw goes to the log. */
export const sendProblem =
  (log: Logger) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const problem = toProblem(error);
    request.problem = problem.code;
    // A URL that cannot be decoded comes here before any hook has run.
    const traceId = request.traceId || newTraceId();
    if (problem.status >= 500) {
      const level = problem.status === 503 ? 'warn' : 'error';
      log[level]({ err: error, trace_id: traceId, route: request.routeOptions.url }, problem.message);
    }
    void reply
      .code(problem.status)
      .headers({ 'x-trace-id': traceId, ...problem.headers })
      .type('application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem.toBody(traceId)));
  };
