import { expect, it } from 'vitest';
import { hasPasskeys } from './passkey-domain.js';

it.each([
  ['https://undertone.example.org', true],
  ['https://undertone.lan:8443', true],
  ['http://localhost:8000', true],
  ['http://undertone.localhost:8000', true],
  ['http://127.0.0.1:8000', false],
  ['http://[::1]:8000', false],
  ['https://192.0.2.7', false],
  ['https://[2001:db8::7]', false],
  ['http://undertone.lan', false],
])('at %s there are passkeys: %s', (publicUrl, are) => {
  expect(hasPasskeys(publicUrl)).toBe(are);
});
