import { randomBytes } from 'node:crypto';
import {
  type Context,
  context,
  isSpanContextValid,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** 32 hexadecimal digits; in `X-Trace-Id`, in problems and in the log. */
    traceId: string;
    /** The request's span. A body is read in the socket's context, so handlers take it from here. */
    traceContext: Context | null;
    span: Span | null;
  }
}

const tracer = trace.getTracer('undertone');

/** A trace id of W3C's Trace Context, for an answer that no span belongs to. */
export const newTraceId = (): string => randomBytes(16).toString('hex');

/**
 * One server span a request, child of the caller's `traceparent`, by OpenTelemetry's HTTP conventions. It is made
 * here and not by `@fastify/otel`, which puts the query into `url.path`, where tokens of old clients stand, and
 * marks every 4xx as the server's error.
 */
export function traceRequests(app: FastifyInstance): void {
  app.decorateRequest('traceId', '');
  app.decorateRequest('traceContext', null);
  app.decorateRequest('span', null);

  app.addHook('onRequest', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url;
    const path = request.url.split('?', 1)[0] ?? '';
    const span = tracer.startSpan(
      route ? `${method} ${route}` : method,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': method,
          'url.path': path,
          'url.scheme': request.protocol,
          ...(route && { 'http.route': route }),
        },
      },
      propagation.extract(context.active(), request.headers),
    );
    const spanContext = span.spanContext();
    request.span = span;
    request.traceId = isSpanContextValid(spanContext) ? spanContext.traceId : newTraceId();
    request.traceContext = trace.setSpan(context.active(), span);
    reply.header('x-trace-id', request.traceId);
    context.with(request.traceContext, done);
  });

  app.addHook('onError', (request, _reply, error, done) => {
    if ((error.statusCode ?? 500) >= 500) request.span?.recordException(error);
    done();
  });

  app.addHook('onResponse', (request, reply, done) => {
    const { span } = request;
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}
