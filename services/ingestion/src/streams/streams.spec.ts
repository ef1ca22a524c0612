import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isListen } from './listen-rule.js';
import { neighbourhoods } from './neighbourhood.js';
import { streamsOf } from './streams.js';
import { type Telling, tellingId } from './telling.js';

const END = Date.parse('2024-05-04T21:04:35Z');
const MINUTE = Date.parse('2024-05-04T21:04:00Z');
let told = 0;

function telling(change: Partial<Telling> = {}): Telling {
  const words = {
    at: END,
    ms: 180_000,
    track: 'id-1',
    named: 'name:lantern',
    wholeMinute: false,
    brokenOff: false,
    ...change,
  };
  told += 1;
  return { id: tellingId('ada', words), sequence: told, ...words, ...change };
}
const fromAccountData = (change: Partial<Telling> = {}) =>
  telling({ at: MINUTE, track: 'name:lantern', wholeMinute: true, ...change });
const fromApi = (change: Partial<Telling> = {}) => telling({ ms: null, ...change });

const rule = ({ ms }: Telling, brokenOff: boolean) => isListen({ ms, brokenOff });
const playsOf = (tellings: readonly Telling[]): Telling[] =>
  neighbourhoods(tellings)
    .flatMap((near) => streamsOf(near, rule))
    .flatMap(({ play }) => play ?? []);

/** Each order of a few. */
function orders<T>(of: readonly T[]): T[][] {
  if (of.length <= 1) return [[...of]];
  return of.flatMap((first, place) =>
    orders(of.filter((_, index) => index !== place)).map((rest) => [first, ...rest]),
  );
}

describe('the same stream told twice', () => {
  it.each<[string, Telling[], Partial<Telling>]>([
    [
      'by an old export without ids and by a newer one',
      [telling({ track: 'name:lantern' }), telling()],
      { track: 'id-1' },
    ],
    ['in the same second with other lengths', [telling({ ms: 175_000 }), telling()], { ms: 180_000 }],
    ['within seconds', [telling(), telling({ at: END + 3_000 }), telling({ at: END + 10_000 })], { at: END }],
    [
      'within seconds with other lengths',
      [telling({ ms: 170_000 }), telling({ at: END - 4_000 })],
      { ms: 180_000 },
    ],
    ['under a relinked id', [telling({ track: 'id-2' }), telling()], { track: 'id-1' }],
    ['without names and with them', [telling({ named: null }), telling()], { named: 'name:lantern' }],
    ['by account data', [fromAccountData(), telling()], { at: END, track: 'id-1' }],
    ['by account data with another length', [fromAccountData({ ms: 181_000 }), telling()], { at: END }],
    ['twice by account data', [fromAccountData(), fromAccountData()], {}],
    ['by an API, with its start', [fromApi({ at: END - 180_000 }), telling()], { ms: 180_000 }],
    ['by an API, with its end', [fromApi({ at: END + 4_321 }), telling()], { ms: 180_000 }],
    [
      'by an API under another id of the same names',
      [fromApi({ track: 'id-2' }), telling()],
      { track: 'id-1' },
    ],
    ['by an API and account data', [fromApi({ at: MINUTE + 50_000 }), fromAccountData()], { ms: 180_000 }],
    [
      'by all of them',
      [fromApi(), fromAccountData(), telling({ track: 'name:lantern' }), telling()],
      { track: 'id-1' },
    ],
  ])('%s is one play, in any order', (_, tellings, play) => {
    for (const order of orders(tellings)) expect(playsOf(order)).toEqual([expect.objectContaining(play)]);
  });

  it.each<[string, Telling[]]>([
    ['one that could be heard in between', [telling(), telling({ at: END + 8_000, ms: 8_000 })]],
    ['a track on repeat', [telling(), telling({ at: END + 180_000 })]],
    ['half a minute on repeat', [telling({ ms: 30_000 }), telling({ at: END + 30_000, ms: 30_000 })]],
    [
      'a track that was begun again',
      [telling({ brokenOff: true }), telling({ at: END + 40_000, ms: 40_000 })],
    ],
    ['two tracks in one second', [telling(), telling({ track: 'id-2', named: 'name:tide' })]],
    ['two tracks without names', [telling({ named: null }), telling({ named: null, track: 'id-2' })]],
    ['account data of another minute', [fromAccountData({ at: MINUTE + 60_000 }), telling()]],
    ['two short ones of a minute', [fromAccountData({ ms: 20_000 }), telling({ ms: 21_000 })]],
    ['an API that is too early', [fromApi({ at: END - 185_001 }), telling()]],
    ['two of an API in one stream', [fromApi({ at: END - 180_000 }), fromApi()].concat(telling())],
  ])('is not %s', (_, tellings) => {
    for (const order of orders(tellings)) expect(playsOf(order)).toHaveLength(2);
  });

  it('is one play for each stream of a track on repeat, whether an API tells starts or ends', () => {
    const repeats = [0, 1, 2, 3].map((n) => telling({ at: END + n * 180_000 }));
    for (const offset of [0, -180_000]) {
      const plays = playsOf([...repeats.map(({ at }) => fromApi({ at: at + offset })), ...repeats]);
      expect(plays.map(({ ms }) => ms)).toEqual(repeats.map(({ ms }) => ms));
    }
  });

  it('is no play where one of the tellings knows that it was broken off at once', () => {
    const short = { ms: 9_000 };
    expect(playsOf([telling(short)])).toHaveLength(1);
    for (const order of orders([
      telling(short),
      telling({ ...short, brokenOff: true }),
      fromAccountData(short),
    ])) {
      expect(playsOf(order)).toEqual([]);
    }
  });

  it('leaves what an API told to another stream than one that was broken off at once', () => {
    const broken = telling({ ms: 5_000, brokenOff: true, at: END - 181_000 });
    const told = fromApi({ at: END - 180_000 });
    expect(playsOf([broken, told])).toEqual([told]);
    const whole = telling();
    expect(playsOf([broken, told, whole])).toEqual([whole]);
  });

  it('is none by a threshold of one’s own that it does not reach, though an API told it too', () => {
    const minute = ({ ms }: Telling, brokenOff: boolean) =>
      isListen({ ms, brokenOff }, { min_seconds: 60, min_share: null });
    const tellings = [fromApi(), telling({ ms: 59_000 })];
    expect(streamsOf(tellings, minute).map(({ play }) => play)).toEqual([null]);
  });
});

describe('whatever is told', () => {
  // From few values, so that much of it is the same.
  const anyTelling = fc
    .record({
      at: fc.integer({ min: 0, max: 90 }).map((n) => END + n * 4_000),
      ms: fc.constantFrom(0, 3_000, 12_000, 29_999, 30_000, 180_000, null),
      track: fc.constantFrom('id-1', 'id-2', 'id-3', 'name:lantern', 'name:tide'),
      named: fc.constantFrom('name:lantern', 'name:tide', null),
      wholeMinute: fc.boolean(),
      brokenOff: fc.boolean(),
      sequence: fc.integer({ min: 1, max: 4 }),
    })
    .map(({ wholeMinute, at, track, named, ms, brokenOff, sequence }): Telling => {
      const isWhole = wholeMinute && ms !== null;
      const words = {
        at: isWhole ? Math.floor(at / 60_000) * 60_000 : at,
        ms,
        track: isWhole ? (named ?? 'name:tide') : track,
        named: track.startsWith('name:') ? track : isWhole ? (named ?? 'name:tide') : named,
        wholeMinute: isWhole,
        brokenOff: brokenOff && ms !== null && !isWhole,
      };
      if (isWhole)
        return {
          id: tellingId('ada', { ...words, named: words.track }),
          sequence,
          ...words,
          named: words.track,
        };
      return { id: tellingId('ada', words), sequence, ...words };
    });
  const anyTellings = fc.uniqueArray(anyTelling, {
    maxLength: 40,
    selector: ({ id, sequence }) => `${id} ${sequence}`,
  });
  const words = (plays: readonly Telling[]) =>
    plays.map(({ id, at, ms, track }) => `${at} ${track} ${ms} ${id}`).sort();

  it('gives the same plays in any order', () =>
    fc.assert(
      fc.property(
        anyTellings.chain((tellings) =>
          fc.tuple(fc.constant(tellings), fc.shuffledSubarray(tellings, { minLength: tellings.length })),
        ),
        ([tellings, shuffled]) => {
          expect(words(playsOf(shuffled))).toEqual(words(playsOf(tellings)));
        },
      ),
    ));

  it('gives the same plays when all of it is told again', () =>
    fc.assert(
      fc.property(anyTellings, (tellings) => {
        const again = tellings.map((one) => ({ ...one, sequence: one.sequence + 10 }));
        expect(words(playsOf([...again, ...tellings]))).toEqual(words(playsOf(tellings)));
      }),
    ));

  it('is in one stream each, and a play stands for a stream', () =>
    fc.assert(
      fc.property(anyTellings, (tellings) => {
        const streams = neighbourhoods(tellings).flatMap((near) => streamsOf(near, rule));
        expect(streams.flatMap((stream) => stream.told)).toHaveLength(tellings.length);
        expect(new Set(streams.flatMap((stream) => stream.told))).toEqual(new Set(tellings));
        for (const { play, told: of } of streams) if (play) expect(of).toContain(play);
      }),
    ));

  it('gives no hour of one track more than an hour of it, but for rounding', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 30 }), (seconds) => {
        const plays = playsOf(seconds.map((second) => telling({ at: END + second * 1_000, ms: 60_000 })));
        const apart = plays.map(({ at }) => at).sort((a, b) => a - b);
        for (const [place, at] of apart.entries()) {
          if (place > 0) expect(at - (apart[place - 1] ?? 0)).toBeGreaterThan(10_000);
        }
      }),
    ));
});
