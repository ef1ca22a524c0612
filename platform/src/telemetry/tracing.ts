import type { Context } from '@opentelemetry/api';
import { context, propagation, type Span, type SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('undertone');

/** W3C trace context as it travels: in event headers, request headers and answers. */
export interface TraceHeaders {
  traceparent?: string;
  tracestate?: string;
}

/** The current trace context, to send along. */
export function currentTraceHeaders(): TraceHeaders {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  const { traceparent, tracestate } = carrier;
  return { ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) };
}

/** The trace context in a message's headers. */
export function traceHeadersOf(carried: { get(name: string): string } | undefined): TraceHeaders {
  const traceparent = carried?.get('traceparent');
  const tracestate = carried?.get('tracestate');
  return { ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) };
}

/** The context that a message was sent in; the current one when it carries none. */
export function contextFrom(headers: TraceHeaders): Context {
  return headers.traceparent ? propagation.extract(context.active(), headers) : context.active();
}

/** Runs `work` in a span; its error is recorded and thrown on. */
export async function inSpan<T>(
  name: string,
  options: { kind: SpanKind; parent?: Context; attributes?: Record<string, string | number> },
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const { parent = context.active(), ...spanOptions } = options;
  return tracer.startActiveSpan(name, spanOptions, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
