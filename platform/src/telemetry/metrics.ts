import { type Meter, metrics } from '@opentelemetry/api';

/** Every metric that this system makes up itself. */
export const metricNames = {
  providerCalls: 'undertone.provider.calls',
  providerWaits: 'undertone.provider.waits',
  auditLost: 'undertone.audit.lost',
} as const;

export const metricAttributes = {
  provider: 'undertone.provider',
  outcome: 'undertone.outcome',
  reason: 'undertone.reason',
} as const;

/**
 * Gives instruments. Call it once telemetry has been started: an instrument that was made before counts nothing for ever.
 */
export const meter = (): Meter => metrics.getMeter('undertone');
