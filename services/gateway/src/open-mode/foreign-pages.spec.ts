import { describe, expect, it } from 'vitest';
import { isForeignPage } from './foreign-pages.js';

const host = '127.0.0.1:8000';

describe('pages that may call the API while sign-in is off', () => {
  it.each([
    ['a program', 'POST', { host }],
    [
      'its own documentation',
      'POST',
      { host, origin: 'http://127.0.0.1:8000', 'sec-fetch-site': 'same-origin' },
    ],
    ['its own page by another loopback name', 'POST', { host, origin: 'http://localhost:8000' }],
    ['its own page at an IPv6 address', 'POST', { host: '[::1]:8000', origin: 'http://[::1]:8000' }],
    ['a page behind TLS', 'POST', { host: 'localhost:8443', origin: 'https://localhost:8443' }],
    [
      'an address that a person typed',
      'GET',
      { host, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
    ],
    ['a followed link', 'GET', { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  ])('%s', (_who, method, headers) => {
    expect(isForeignPage(method, headers)).toBe(false);
  });

  it.each([
    ['another site', 'POST', { host, origin: 'https://example.com' }],
    ['another site with a token', 'POST', { host, origin: 'https://example.com', authorization: 'Bearer x' }],
    ['a site at an address', 'POST', { host, origin: 'http://203.0.113.5' }],
    ['a site at an address with the same port', 'POST', { host, origin: 'http://203.0.113.5:8000' }],
    ['another server of this machine', 'POST', { host, origin: 'http://localhost:5173' }],
    ['a sandboxed frame', 'POST', { host, origin: 'null' }],
    ['a page, of a server that does not say where it is', 'POST', { origin: 'http://localhost:8000' }],
    [
      'an image of another site',
      'GET',
      { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ],
    [
      'an image of another server',
      'GET',
      { host, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
    ],
    [
      'a form of another site',
      'POST',
      { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    ],
  ])('not %s', (_who, method, headers) => {
    expect(isForeignPage(method, headers)).toBe(true);
  });
});
