import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { momentKey, textKey } from './cursor-keys.js';
import { KeysetCursor } from './keyset-cursor.js';

const cursors = new KeysetCursor('plays', z.tuple([momentKey, textKey]));
const question = { user_id: 'ada', kind: 'tracks', from: undefined, limit: 5 };
const key: [string, string] = ['2026-11-24T08:00:00.000Z', '🎧'];
const given = cursors.for(question).after(key);
const encoded = (text: string) => Buffer.from(text).toString('base64url');
const read = (cursor: string, asked: object = question, of = cursors) => of.for({ ...asked }).read(cursor);

describe('a cursor', () => {
  it('goes on in the list that gave it, with another limit too', () => {
    expect(read(given)).toEqual(key);
    expect(read(given, { ...question, limit: 200, cursor: given })).toEqual(key);
    expect(read(given, { limit: 5, kind: 'tracks', user_id: 'ada' })).toEqual(key);
  });

  it.each([
    ['of another person', { user_id: 'ben' }],
    ['of another kind', { kind: 'artists' }],
    ['with another filter', { from: '2026-11-01' }],
    ['without one', { kind: undefined }],
  ])('is refused by a list %s', (_, changed) => {
    expect(() => read(given, { ...question, ...changed })).toThrow(/not one that this list gave/);
  });

  it('is refused by a list of another name', () => {
    const others = new KeysetCursor('artists', z.tuple([momentKey, textKey]));
    expect(() => read(given, question, others)).toThrow(/not one that this list gave/);
  });

  const [mark] = JSON.parse(Buffer.from(given, 'base64url').toString()) as [string];
  const [moment, id] = key.map((part) => JSON.stringify(part));
  it.each([
    ['white space', encoded(`["${mark}", [${moment},${id}]]`)],
    ['a line end', encoded(`["${mark}",[${moment},${id}]]\n`)],
    ['one element more', encoded(`["${mark}",[${moment},${id}],1]`)],
    ['one element more in the key', encoded(`["${mark}",[${moment},${id},1]]`)],
    ['an escape', encoded(`["${mark}",[${moment},"\\ud83c\\udfa7"]]`)],
    ['padding', `${given}==`],
    ['a character that is none of base64url', `${given}!`],
    ['nothing', ''],
    ['the form of an earlier release', encoded(`["plays",[${moment},${id}]]`)],
  ])('is refused with %s', (_, cursor) => {
    expect(() => read(cursor)).toThrow(/not one that this list gave/);
  });

  it('has no further fields in its key', () => {
    const objects = new KeysetCursor('objects', z.object({ at: z.int() }));
    const good = objects.after({ at: 1 });
    expect(objects.read(good)).toEqual({ at: 1 });
    const more = Buffer.from(good, 'base64url').toString().replace('"at":1', '"at":1,"b":2');
    expect(() => objects.read(encoded(more))).toThrow(/not one that this list gave/);
  });
});
