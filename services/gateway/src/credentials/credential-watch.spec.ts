import { silent } from '@undertone/platform/test-kit/infrastructure';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CredentialWatch } from './credential-watch.js';

const DAY_MS = 24 * 60 * 60 * 1000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('the watch over credentials of open requests', () => {
  it('ends none that does not end, however long it is open, and each other one when it ends', async () => {
    const watch = new CredentialWatch(silent);
    const lasting = watch.watch({ id: 'key' });
    const ending = watch.watch({ id: 'key', endsAt: Date.now() + 30 * DAY_MS });
    const later = async (days: number) => {
      vi.advanceTimersByTime(days * DAY_MS);
      await vi.advanceTimersByTimeAsync(1_000);
      return [lasting.signal.aborted, ending.signal.aborted];
    };
    expect(await later(29)).toEqual([false, false]);
    expect(await later(1)).toEqual([false, true]);
  });

  it('ends what is over although it cannot be told what was revoked', async () => {
    const among = () => Promise.reject(new Error('neither Redis nor identity'));
    const watch = new CredentialWatch(silent, { among });
    const { signal } = watch.watch({ id: 'session', endsAt: Date.now() + 10_000 });
    await vi.advanceTimersByTimeAsync(9_000);
    expect(signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(signal.aborted).toBe(true);
  });

  it('ends what was revoked, and looks no more when nothing is open', async () => {
    const asked: (readonly string[])[] = [];
    const watch = new CredentialWatch(silent, {
      among: async (ids) => {
        asked.push(ids);
        return new Set(['revoked']);
      },
    });
    const open = ['revoked', 'good'].map((id) => watch.watch({ id }));
    await vi.advanceTimersByTimeAsync(600);
    expect(open.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    const looks = asked.length;
    for (const { stop } of open) stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked.length).toBeLessThanOrEqual(looks + 1);
  });
});
