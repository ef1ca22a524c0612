import { describe, expect, it } from 'vitest';
import { markupIn } from './markup.js';

describe('markup', () => {
  it.each([
    ['a link', 'Listen at https://evil.example/x?y=1'],
    ['a link', 'See www.evil.example'],
    ['a link', 'more at evil-music.com/now'],
    ['a link', 'javascript:alert(1)'],
    ['an address', 'write to me@evil.example'],
    ['an address', 'follow @somebody'],
    ['markup', 'a <b>bold</b> claim'],
    ['markup', '<img src=x onerror=alert(1)>'],
    ['markup', 'fish &amp; chips'],
    ['markup', '![pixel](evil.example/p.png)'],
    ['markup', 'read [this](there)'],
    ['markup', 'very **loud**'],
    ['markup', '# A heading'],
    ['markup', 'some `code`'],
    ['markup', '> a quote'],
    ['a placeholder', 'Hello {{facts}}'],
    ['a hidden character', 'left\u202eto right'],
    ['a hidden character', 'zero\u200bwidth'],
    ['a hidden character', '\u2066isolated\u2069'],
    ['a hidden character', 'a line\u2028separator'],
    ['a control character', 'ring \u0007'],
    ['a control character', 'a\ttab'],
  ])('is found: %s in %s', (what, text) => expect(markupIn(text).join()).toContain(what));

  it('is named so that it can be seen', () =>
    expect(markupIn('left\u202eto right')).toEqual(['a hidden character (U+202E)']));

  it.each([
    'Your music sounded calm: 0.48 on average, "mostly" at 121 BPM.\n\nA second paragraph, it’s fine…',
    'Rock & roll, 3 < 4, a family 👩‍👩‍👧 and a ❤️.',
    'Happy.Sad. No space after a full stop is no link. E.g. this, i.e. that.',
    '→ Try a walk. • 18% happy',
  ])('is not found in plain text: %s', (text) => expect(markupIn(text)).toEqual([]));
});
