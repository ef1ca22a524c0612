import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { checkHealth } from './health.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What the gateway allows for the whole report. */
const GATEWAY_WAITS_MS = 1_500;

it('names what hangs before the gateway stops waiting', async () => {
  const up = { status: 'up' } as const;
  const report = checkHealth({ well: async () => up, hanging: () => new Promise(() => undefined) });
  await vi.advanceTimersByTimeAsync(GATEWAY_WAITS_MS - 400);
  expect(await Promise.race([report, 'no report yet'])).toEqual({
    status: 'down',
    dependencies: { well: up, hanging: { status: 'down', detail: 'no answer' } },
  });
});

it('is up when all are, says why one is down, and leaves no timer behind', async () => {
  const up = { status: 'up' } as const;
  expect(await checkHealth({ nats: async () => up, postgres: async () => up })).toEqual({
    status: 'up',
    dependencies: { nats: up, postgres: up },
  });
  const refused = { nats: async () => up, postgres: () => Promise.reject(new Error('connection refused')) };
  expect(await checkHealth(refused)).toEqual({
    status: 'down',
    dependencies: { nats: up, postgres: { status: 'down', detail: 'connection refused' } },
  });
  expect(vi.getTimerCount()).toBe(0);
});
