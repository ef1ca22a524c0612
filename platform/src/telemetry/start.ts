import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { NodeSDK } from '@opentelemetry/sdk-node';

/** What `main` calls last on the way out, so that the last spans are sent. */
export interface Telemetry {
  stop(): Promise<void>;
}

/** Takes spans and does nothing with them. Without any processor the SDK would not even give spans their ids. */
const unheard = {
  onStart: () => undefined,
  onEnd: () => undefined,
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/**
 * Starts tracing. Spans go to `OTEL_EXPORTER_OTLP_ENDPOINT`, in the protocol that the standard OpenTelemetry
 * variables name; without an endpoint nothing is sent, but trace ids are still made and passed on.
 */
export function startTelemetry(service: string, environment: NodeJS.ProcessEnv): Telemetry {
  const exporting = Boolean(
    environment.OTEL_EXPORTER_OTLP_ENDPOINT ?? environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
  );
  // The SDK reads exporters from the environment; "none" is its own word for not sending.
  environment.OTEL_TRACES_EXPORTER ??= exporting ? 'otlp' : 'none';
  environment.OTEL_METRICS_EXPORTER ??= 'none';
  environment.OTEL_LOGS_EXPORTER ??= 'none';
  const sdk = new NodeSDK({
    serviceName: `undertone-${service}`,
    instrumentations: [new UndiciInstrumentation()],
    ...(environment.OTEL_TRACES_EXPORTER === 'none' && { spanProcessors: [unheard] }),
  });
  sdk.start();
  return { stop: () => sdk.shutdown().catch(() => undefined) };
}
