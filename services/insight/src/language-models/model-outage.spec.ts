import { expect, it } from 'vitest';
import { ModelOutage } from './model-outage.js';

it('lets one call ask at a time, at growing distance of up to five minutes, until the model is back', () => {
  const outage = new ModelOutage();
  expect(outage.enter(0)).toBe('free');
  outage.away('free', 0);
  // Those that were under way with it tell nothing new, nor does a person's call.
  expect(outage.away('free', 100)).toEqual(new Date(1_000));
  let now = 1_000;
  for (const pause of [2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]) {
    expect(outage.enter(now - 1)).toEqual(new Date(now));
    expect(outage.enter(now)).toBe('probe');
    expect(outage.enter(now)).toBeInstanceOf(Date);
    expect(outage.away('probe', now)).toEqual(new Date(now + pause));
    outage.leave('probe', now);
    now += pause;
  }
  expect(outage.enter(now)).toBe('probe');
  outage.back(now);
  outage.leave('probe', now);
  expect(outage.resumeAt).toBeNull();
  expect(outage.enter(now)).toBe('free');
});

it('stays open where a probe ends without word of the model, and where an answer is older than the outage', () => {
  const outage = new ModelOutage();
  outage.away('free', 500);
  outage.back(400);
  expect(outage.enter(1_500)).toBe('probe');
  outage.leave('probe', 9_000);
  expect(outage.resumeAt).toEqual(new Date(10_000));
  expect(outage.enter(10_000)).toBe('probe');
});
