import type { Provider } from '@nestjs/common';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import type { IngestionSettings } from '../settings.js';
import { CallBudget } from './call-budget.js';
import { ProviderGate } from './provider-gate.js';
import { ProviderPauses } from './provider-pauses.js';
import type { CallWindow } from './reservation.js';

export const SPOTIFY_GATE = Symbol('gate to Spotify');
export const RECCOBEATS_GATE = Symbol('gate to ReccoBeats');

const windows = (short: number, day: number): [CallWindow, CallWindow] => [
  { name: '30s', ms: 30_000, bucketMs: 1_000, limit: short },
  { name: '24h', ms: 24 * 60 * 60_000, bucketMs: 5 * 60_000, limit: day },
];

function gate(
  token: symbol,
  describe: (settings: IngestionSettings) => {
    provider: string;
    account: string;
    windows: [CallWindow, CallWindow];
  },
): Provider {
  return {
    provide: token,
    inject: [SETTINGS, RedisBreaker, ProviderPauses, LOGGER],
    useFactory: (settings: IngestionSettings, redis: RedisBreaker, pauses: ProviderPauses, log: Logger) => {
      const described = describe(settings);
      return new ProviderGate({
        provider: described.provider,
        budget: new CallBudget({ ...described, redis, pauses, log }),
        log,
        failures: settings.PROVIDER_FAILURES_TO_PAUSE,
        pauseMs: settings.PROVIDER_PAUSE_MS,
      });
    },
  };
}

/** One gate a provider: each has its own budget, and its own circuit breaker. */
export const providerGates: Provider[] = [
  gate(SPOTIFY_GATE, (settings) => ({
    provider: 'Spotify',
    account: `spotify:${settings.SPOTIFY_ACCOUNT}`,
    windows: windows(settings.SPOTIFY_CALLS_PER_30_SECONDS, settings.SPOTIFY_CALLS_PER_DAY),
  })),
  // It knows no accounts: what it counts is the address that the calls come from.
  gate(RECCOBEATS_GATE, (settings) => ({
    provider: 'ReccoBeats',
    account: 'reccobeats',
    windows: windows(settings.RECCOBEATS_CALLS_PER_30_SECONDS, settings.RECCOBEATS_CALLS_PER_DAY),
  })),
];
