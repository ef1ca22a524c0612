import type { StreamInfo } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { sizeOf } from './stream-size.js';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-30T00:00:00Z');

const stream = (days: number, keepsDays = 0, messages = 10) =>
  ({
    config: { name: 'JOBS', max_age: keepsDays * DAY_MS * 1e6 },
    state: {
      ...{ messages, bytes: messages * 100 },
      ...{ first_ts: new Date(NOW - days * DAY_MS).toISOString(), last_ts: new Date(NOW).toISOString() },
    },
  }) as StreamInfo;

describe('the size of a stream in thirty days', () => {
  it('is as it grew so far', () => {
    expect(sizeOf(stream(10), NOW)).toMatchObject({ bytes: 1_000, keeps_days: null, in_30_days: 4_000 });
  });

  it('is no more than it keeps', () => {
    expect(sizeOf(stream(10, 20), NOW)).toMatchObject({ keeps_days: 20, in_30_days: 2_000 });
    expect(sizeOf(stream(30, 30), NOW).in_30_days).toBe(1_000);
  });

  it('is not known of one that has just begun, or has nothing', () => {
    expect(sizeOf(stream(0.01), NOW).in_30_days).toBeNull();
    expect(sizeOf(stream(10, 0, 0), NOW)).toMatchObject({ first_at: null, last_at: null, in_30_days: null });
  });
});
