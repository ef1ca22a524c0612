import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FieldEncryption, UndecryptableField } from './field-encryption.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
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
    expect(stored[0]).toMatch(/^v1\.[\w-]+\.[\w-]+$/);
    expect(stored[0]).not.toBe(stored[1]);
    expect(Buffer.from(String(stored[0]?.split('.')[2]), 'base64url').toString('latin1')).not.toContain(
      'AQD',
    );
    const wrapped = stored.map((text) => text.split('.')[1]);
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
    expect(() => encryption.decrypt(`v1.${a?.[1]}.${b?.[2]}`, CONTEXT)).toThrow(UndecryptableField);
  });

  it.each([
    ['the first byte of the wrapped key', 1, 0],
    ['the wrapped key', 1, 20],
    ['the tag of the wrapped key', 1, -1],
    ['the first byte of the value', 2, 0],
    ['the value', 2, 13],
    ['the tag of the value', 2, -1],
  ])('notices a changed bit in %s', (_, part, byte) => {
    const stored = encryption.encrypt('secret', CONTEXT);
    expect(() => encryption.decrypt(tampered(stored, part, byte), CONTEXT)).toThrow(UndecryptableField);
  });

  it.each(['', 'v1', 'v1..', 'v1.AA.AA', 'v2.AA.AA', 'plain text'])('refuses %j', (stored) => {
    expect(() => encryption.decrypt(stored, CONTEXT)).toThrow(UndecryptableField);
  });

  it('refuses a shortened tag', () => {
    const parts = encryption.encrypt('secret', CONTEXT).split('.');
    const value = Buffer.from(String(parts[2]), 'base64url');
    parts[2] = value.subarray(0, value.length - 12).toString('base64url');
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
    expect(encryption.fingerprint('spotify-user', 'user/spotify_user_id')).toBe(
      'sxHhadFS5iHXDvi2ZFPaF2R5e3c9wYh8zdIUWiAadAY',
    );
    const prints = [
      encryption.fingerprint('spotify-user', 'user/email'),
      encryption.fingerprint('spotify-user2', 'user/spotify_user_id'),
      new FieldEncryption(Buffer.alloc(32, 8).toString('base64')).fingerprint(
        'spotify-user',
        'user/spotify_user_id',
      ),
      'sxHhadFS5iHXDvi2ZFPaF2R5e3c9wYh8zdIUWiAadAY',
    ];
    expect(new Set(prints).size).toBe(4);
  });
});
