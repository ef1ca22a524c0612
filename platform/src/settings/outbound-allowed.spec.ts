import { expect, it } from 'vitest';
import { hostAndPortOf, outboundAllowed } from './outbound-allowed.js';

it('is a list of hosts with their ports', () => {
  expect(outboundAllowed.parse(undefined)).toEqual([]);
  expect(outboundAllowed.parse(' ')).toEqual([]);
  expect(outboundAllowed.parse('id.lan:8443, [fd00::1]:80,10.0.0.2:443,')).toEqual([
    'id.lan:8443',
    '[fd00::1]:80',
    '10.0.0.2:443',
  ]);
});

it.each(['id.lan', 'http://id.lan:80', 'fd00::1:80', 'id.lan:', 'id.lan:port', '*:80 x'])(
  'is not %j',
  (text) => {
    expect(outboundAllowed.safeParse(text).success).toBe(false);
  },
);

it.each([
  ['https://id.example.org/a', 'id.example.org:443'],
  ['http://[::1]/', '[::1]:80'],
  ['http://127.0.0.1:8080/', '127.0.0.1:8080'],
])('has %s as %s', (url, expected) => {
  expect(hostAndPortOf(new URL(url))).toBe(expected);
});
