import { trace } from '@opentelemetry/api';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * JSON lines, each with the current trace's id; what must never be logged is cut out.
 * @param to where they go; standard output unless told.
 */
export function createLogger(service: string, level: string, to?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'access_token',
        'refresh_token',
        'email',
        'display_name',
        '*.access_token',
        '*.refresh_token',
        '*.email',
        '*.display_name',
        // The Redis client hangs the command that was refused on its error, and a command may hold a password.
        'err.command',
      ],
      censor: '[redacted]',
    },
    mixin: () => {
      const span = trace.getActiveSpan()?.spanContext();
      return span ? { trace_id: span.traceId } : {};
    },
  };
  return to ? pino(options, to) : pino(options);
}
