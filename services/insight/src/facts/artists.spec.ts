import type { InsightText } from '@undertone/contracts/insight/insight';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileNames } from '../../test/hostile/hostile-names.js';
import {
  type Artist,
  artistsOf,
  hasPlaceholders,
  judged,
  named,
  namedText,
  shownName,
  withoutNames,
} from './artists.js';

const textOf = (body: string): InsightText => ({
  title: body,
  body,
  highlights: [{ metric: 'coverage', text: body }],
  tips: [body],
});
const artists: Artist[] = ['Air', 'Air Supply', 'blink-182', 'Sigur Rós', 'U2'].map((name, at) => ({
  rank: at + 1,
  name,
}));

describe('names in a text', () => {
  it('are taken out for what is kept, the longer name first, and come back when it is read', () => {
    const said = textOf('Air Supply, blink-182 and U2; SIGUR RÓS in the air. Air! Repair. Airs.');
    const kept = withoutNames(said, artists);
    expect(kept.body).toBe(
      '{artist_2}, {artist_3} and {artist_5}; {artist_4} in the air. {artist_1}! Repair. Airs.',
    );
    expect(kept.tips).toEqual([kept.body]);
    expect(namedText(kept, artists).body).toBe(
      'Air Supply, blink-182 and U2; Sigur Rós in the air. Air! Repair. Airs.',
    );
  });

  it('that are gone are not shown', () =>
    expect(named('{artist_1} and {artist_9}', artists)).toBe('Air and an artist'));

  it('are taken out wherever they stand, and as they are written: no pattern, no part of a word', () => {
    const mia = [{ rank: 1, name: 'M.I.A.' }];
    expect(withoutNames(textOf('M.I.A., MxIxA. and M.I.A.'), mia).body).toBe(
      '{artist_1}, MxIxA. and {artist_1}',
    );
    expect(withoutNames(textOf('Air, Air and Airé'), artists).body).toBe('{artist_1}, {artist_1} and Airé');
  });

  it('are known to be there by their placeholders', () => {
    expect(hasPlaceholders({ content: '{artist_1} led' })).toBe(true);
    expect(hasPlaceholders({ content: 'nobody led' })).toBe(false);
  });

  it('are judged by a word for each that was given; others are left to be found', () => {
    expect(judged(textOf('{artist_1} and {artist_9}'), artists).body).toBe('an artist and {artist_9}');
  });

  it('survive both ways, whatever they are', () => {
    const name = fc.string({ minLength: 2, maxLength: 30, unit: 'grapheme' }).map(shownName);
    fc.assert(
      fc.property(fc.array(name, { maxLength: 5 }), (names) => {
        const given = names.flatMap((one, at) => (one === undefined ? [] : [{ rank: at + 1, name: one }]));
        const said = textOf(given.map((one) => one.name).join(' / '));
        const kept = withoutNames(said, given).body;
        expect(named(kept, given).toLowerCase()).toBe(said.body.toLowerCase());
      }),
    );
  }, 30_000);
});

describe('a hostile name', () => {
  it.each(hostileNames)('is plain and short, or not shown: %j', (name) => {
    const shown = shownName(name);
    if (shown === undefined) return;
    expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}<>{}]|\]\(|:\/\//u);
    expect([...shown].length).toBeLessThanOrEqual(60);
  });
});

describe('a name as it is shown', () => {
  it.each([
    ['in one form of its letters', 'Sigur Ro\u0301s', 'Sigur R\u00f3s'],
    ['on one line', 'Two\u2028lines\u2029or\nmore', 'Two lines or more'],
    ['without what is hidden', '\u202eLow\u0000 \u200bTide', 'Low Tide'],
    ['with single spaces, and none around', '  Low \t  Tide ', 'Low Tide'],
    ['up to sixty characters, whole ones', '\u{1f3b5}'.repeat(61), '\u{1f3b5}'.repeat(60)],
    ['without a space where it was cut', `${'x'.repeat(59)} y`, 'x'.repeat(59)],
    ['from two characters on', 'U2', 'U2'],
  ])('is %s', (_how, name, shown) => {
    expect(shownName(name)).toBe(shown);
  });

  it.each(['', 'U', '\u{1f3b5}', ' \u200b ', '<b>Air</b>', 'https://example.org'])(
    'is not shown at all: %j',
    (name) => expect(shownName(name)).toBeUndefined(),
  );

  it('keeps its place among the first five of a snapshot, where others are not shown', () => {
    const top_artists = ['Air', null, '<i>', 'U2', 'Low', 'Sixth'].map((name, at) => ({
      artist_id: `artist-${at}`,
      name,
      track_count: null,
      play_count: null,
    }));
    expect(artistsOf(inventedSnapshot({ top_artists }))).toEqual([
      { rank: 1, name: 'Air' },
      { rank: 4, name: 'U2' },
      { rank: 5, name: 'Low' },
    ]);
    expect(artistsOf(inventedSnapshot({ top_artists: null }))).toEqual([]);
  });
});
