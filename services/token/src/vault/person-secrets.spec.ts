import { randomBytes } from 'node:crypto';
import { UndecryptableField } from '@undertone/platform/crypto/field-encryption';
import { describe, expect, it } from 'vitest';
import { PersonSecrets } from './person-secrets.js';

const key = Buffer.alloc(32, 7);
const ada = new PersonSecrets('ada', '0a1b2c3d', key);

describe('a person’s secrets', () => {
  it.each(['', 'AQD-refresh', 'naïve 🎵', 'x'.repeat(10_000)])('are given back: %.20s', (secret) => {
    const stored = ada.seal('spotify/refresh-token', secret);
    expect(stored).toMatch(/^v3\.0a1b2c3d\.[\w-]+$/);
    expect(new PersonSecrets('ada', '0a1b2c3d', key).open('spotify/refresh-token', stored)).toBe(secret);
  });

  // A storage format: it stays readable.
  it('of today are readable tomorrow', () => {
    const stored = 'v3.0a1b2c3d.YWJjZGVmZ2hpamtsAQKQFugrIPaBsxPvLH-UxUinZBeL1275i9-p';
    expect(ada.open('spotify/refresh-token', stored)).toBe('AQD-refresh');
  });

  it.each([
    ['another person', new PersonSecrets('ben', '0a1b2c3d', key), 'spotify/access-token'],
    ['another kind', ada, 'spotify/refresh-token'],
    ['another version of the key', new PersonSecrets('ada', '0a1b2c3e', key), 'spotify/access-token'],
    ['another key', new PersonSecrets('ada', '0a1b2c3d', randomBytes(32)), 'spotify/access-token'],
  ] as const)('do not decrypt as those of %s', (_what, secrets, kind) => {
    expect(() => secrets.open(kind, ada.seal('spotify/access-token', 'secret'))).toThrow(UndecryptableField);
  });

  it('do not decrypt under a version that was written over theirs', () => {
    const stored = ada.seal('spotify/access-token', 'secret').replace('0a1b2c3d', '0a1b2c3e');
    const newer = new PersonSecrets('ada', '0a1b2c3e', key);
    expect(() => newer.open('spotify/access-token', stored)).toThrow(UndecryptableField);
  });

  it.each(['', 'v2.0a1b2c3d.AAAA', 'v3', 'v3.0a1b2c3d', 'v3.0a1b2c3d.', 'v3.0a1b2c3d.AAAA', 'plain'])(
    'are not read from %j',
    (stored) => {
      expect(() => ada.open('spotify/access-token', stored)).toThrow(UndecryptableField);
    },
  );
});
