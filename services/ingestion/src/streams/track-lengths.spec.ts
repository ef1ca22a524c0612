import { describe, expect, it } from 'vitest';
import { type ToldLength, TrackLengths } from './track-lengths.js';

const streamed = (ms: number, change: Partial<ToldLength> = {}): ToldLength => ({
  track: 'id-1',
  named: 'name:lantern',
  ms,
  brokenOff: false,
  wholeMinute: false,
  ...change,
});
const fetched = (trackMs: number | null, change: Partial<ToldLength> = {}): ToldLength => ({
  ...streamed(0, change),
  ms: null,
  trackMs,
});

describe('the length of a track', () => {
  it.each<[string, ToldLength[], number | undefined]>([
    ['is the longest that was heard of it', [streamed(90_000), streamed(180_000), streamed(20_000)], 180_000],
    ['is not what was broken off', [streamed(180_000, { brokenOff: true }), streamed(90_000)], 90_000],
    ['is not in account data, which does not say', [streamed(90_000, { wholeMinute: true })], undefined],
    ['is what an API says, however long it was heard', [streamed(190_000), fetched(180_000)], 180_000],
    ['is the longest that an API says', [fetched(180_000), fetched(181_000), fetched(null)], 181_000],
    ['is known by the names', [streamed(180_000, { track: 'id-2' })], 180_000],
    ['is known by the id', [streamed(180_000, { named: null })], 180_000],
    ['is not another track’s', [streamed(180_000, { track: 'id-2', named: 'name:tide' })], undefined],
    ['is not known of a stream of nothing', [streamed(0)], undefined],
  ])('%s', (_, told, expected) => {
    for (const order of [told, told.toReversed()]) {
      const lengths = new TrackLengths();
      for (const telling of order) lengths.add(telling);
      expect(lengths.of({ track: 'id-1', named: 'name:lantern' })).toBe(expected);
    }
  });
});
