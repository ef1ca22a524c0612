import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FieldEncryption, UndecryptableField } from './field-encryption.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64');
const CONTEXT = 'token.link/0199b2c4/refresh_token';
const encryption = new FieldEncryption(KEY);

/** The same text with one bit of one part changed. */
function tampered(stored: string, part: number, byte: number): string {
  const parts = stored.split('.');
  const bytes = Buffer.from(String(parts[part]), 'base64url');
  const at = byte < 0 ? bytes.length + byte : byte;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  parts[part] = bytes.toString('base64url');
  return parts.join('.');
}

describe('field encryption', () => {
  it.each(['', 'AQD-refresh', 'naïve 🎵', 'x'.repeat(10_000)])(
    'gives back what it was given: %.20s',
    (value) => {
      const stored = encryption.encrypt(value, CONTEXT);
      expect(new FieldEncryption(KEY).decrypt(stored, CONTEXT)).toBe(value);
    },
  );

  it('shows nothing of the value, and never looks the same twice', () => {
    const stored = [1, 2].map(() => encryption.encrypt('AQD-refresh', CONTEXT));
    expect(stored[0]).toMatch(/^v2\.[0-9a-f]{8}\.[\w-]+\.[\w-]+$/);
    expect(stored[0]).not.toBe(stored[1]);
    expect(Buffer.from(String(stored[0]?.split('.')[3]), 'base64url').toString('latin1')).not.toContain(
      'AQD',
    );
    const wrapped = stored.map((text) => text.split('.')[2]);
    expect(wrapped[0]).not.toBe(wrapped[1]);
  });

  it('cannot be read with another key', () => {
    const other = new FieldEncryption(randomBytes(32).toString('base64'));
    expect(() => other.decrypt(encryption.encrypt('secret', CONTEXT), CONTEXT)).toThrow(UndecryptableField);
  });

  it('cannot be read in another row or field', () => {
    const stored = encryption.encrypt('secret', CONTEXT);
    expect(() => encryption.decrypt(stored, 'token.link/0199b2c5/refresh_token')).toThrow(UndecryptableField);
    expect(() => encryption.decrypt(stored, '')).toThrow(UndecryptableField);
  });

  it('cannot be put together from two values', () => {
    const [a, b] = ['one', 'two'].map((value) => encryption.encrypt(value, CONTEXT).split('.'));
    expect(() => encryption.decrypt(`v2.${a?.[1]}.${a?.[2]}.${b?.[3]}`, CONTEXT)).toThrow(UndecryptableField);
  });

  it.each([
    ['the first byte of the wrapped key', 2, 0],
    ['the wrapped key', 2, 20],
    ['the tag of the wrapped key', 2, -1],
    ['the first byte of the value', 3, 0],
    ['the value', 3, 13],
    ['the tag of the value', 3, -1],
  ])('notices a changed bit in %s', (_, part, byte) => {
    const stored = encryption.encrypt('secret', CONTEXT);
    expect(() => encryption.decrypt(tampered(stored, part, byte), CONTEXT)).toThrow(UndecryptableField);
  });

  it.each(['', 'v1', 'v1..', 'v1.AA.AA', 'v2.AA.AA', 'v2.AA.AA.AA', 'v3.AA.AA.AA', 'plain text'])(
    'refuses %j',
    (stored) => {
      expect(() => encryption.decrypt(stored, CONTEXT)).toThrow(UndecryptableField);
    },
  );

  it('refuses a shortened tag', () => {
    const parts = encryption.encrypt('secret', CONTEXT).split('.');
    const value = Buffer.from(String(parts[3]), 'base64url');
    parts[3] = value.subarray(0, value.length - 12).toString('base64url');
    expect(() => encryption.decrypt(parts.join('.'), CONTEXT)).toThrow(UndecryptableField);
  });

  it.each(['', 'short', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')])(
    'refuses the key %j',
    (key) => {
      expect(() => new FieldEncryption(key)).toThrow(/32 bytes/);
    },
  );

  it('has a fingerprint that stays the same, and is another for another key, value or context', () => {
    // A stored format: people are found by it.
    const known = 'sxHhadFS5iHXDvi2ZFPaF2R5e3c9wYh8zdIUWiAadAY';
    expect(encryption.fingerprints('spotify-user', 'user/spotify_user_id')).toEqual([known]);
    const prints = [
      known,
      ...encryption.fingerprints('spotify-user', 'user/email'),
      ...encryption.fingerprints('spotify-user2', 'user/spotify_user_id'),
      ...new FieldEncryption(OTHER_KEY).fingerprints('spotify-user', 'user/spotify_user_id'),
    ];
    expect(new Set(prints).size).toBe(4);
  });
});

describe('several keys', () => {
  // Made by the release before ciphertexts named their key. A stored format: it stays readable.
  const UNNAMED =
    'v1.lIqdw2qoUQph9YH4LvdlJQMP8O-hk9wyCVvujuz6aJ0ru1MpWvPMu9aRBZzuh88shZlUAz_M7_cS9uuZ.jEDIvLtHaXzFFWz_wGU7EVHwJYojKqo60Z-tB3SxaoxSemo2fP09';
  const other = new FieldEncryption(OTHER_KEY);
  const both = new FieldEncryption(`${OTHER_KEY}, ${KEY}`);

  it('are named by ids that stay the same and are none of their bytes', () => {
    // A stored format: every ciphertext carries it.
    expect(encryption.keyIds).toEqual(['a054085f']);
    expect(both.keyIds).toEqual([...other.keyIds, ...encryption.keyIds]);
    expect(Buffer.from(KEY, 'base64').toString('hex')).not.toContain(encryption.keyIds[0]);
  });

  it('decrypt what any of them encrypted, and encrypt with the first', () => {
    expect(both.decrypt(encryption.encrypt('secret', CONTEXT), CONTEXT)).toBe('secret');
    expect(other.decrypt(both.encrypt('secret', CONTEXT), CONTEXT)).toBe('secret');
    expect(() => encryption.decrypt(both.encrypt('secret', CONTEXT), CONTEXT)).toThrow(UndecryptableField);
  });

  it('decrypt with the key that is named, and no other', () => {
    const misnamed = encryption.encrypt('secret', CONTEXT).replace(encryption.keyIds[0], other.keyIds[0]);
    expect(() => both.decrypt(misnamed, CONTEXT)).toThrow(UndecryptableField);
  });

  it('leave alone what a later release may have written', () => {
    const later = encryption.encrypt('secret', CONTEXT).replace('v2.', 'v3.');
    expect(() => both.decrypt(later, CONTEXT)).toThrow(
      expect.objectContaining({ code: 'UNDECRYPTABLE_FIELD', message: expect.stringContaining('keys') }),
    );
  });

  it('decrypt what names no key', () => {
    expect(both.decrypt(UNNAMED, CONTEXT)).toBe('AQD-refresh');
    expect(() => other.decrypt(UNNAMED, CONTEXT)).toThrow(UndecryptableField);
  });

  it.each([
    ['names another key', encryption.encrypt('AQD-refresh', CONTEXT)],
    ['names none', UNNAMED],
  ])('wrap a data key anew that %s, and leave the value as it is', (_case, stored) => {
    const rewrapped = both.rewrap(stored, CONTEXT);
    expect(rewrapped.split('.').slice(0, 2)).toEqual(['v2', other.keyIds[0]]);
    expect(rewrapped.split('.').at(-1)).toBe(stored.split('.').at(-1));
    expect(other.decrypt(rewrapped, CONTEXT)).toBe('AQD-refresh');
    expect(() => both.rewrap(stored, 'another row')).toThrow(UndecryptableField);
  });

  it('find a value by the fingerprint under any of them', () => {
    const [newest, older] = both.fingerprints('spotify-user', 'user/spotify_user_id');
    expect([newest]).toEqual(other.fingerprints('spotify-user', 'user/spotify_user_id'));
    expect([older]).toEqual(encryption.fingerprints('spotify-user', 'user/spotify_user_id'));
  });
});
