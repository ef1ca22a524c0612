import type { InsightText } from '@undertone/contracts/insight/insight';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileNames } from '../../test/hostile/hostile-names.js';
import { type Artist, named, namedText, shownName, withoutNames } from './artists.js';

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
