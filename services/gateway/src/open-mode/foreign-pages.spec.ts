import { describe, expect, it } from 'vitest';
import { isForeignPage } from './foreign-pages.js';

const host = '127.0.0.1:8000';

describe('pages that may call the API while sign-in is off', () => {
  it.each([
    ['a program', { host }],
    ['a probe at the address of a pod', { host: '10.1.2.3:8000' }],
    ['a container beside it', { host: 'gateway:8000' }],
    ['its own documentation', { host, origin: 'http://127.0.0.1:8000', 'sec-fetch-site': 'same-origin' }],
    ['a page of another local server', { host, origin: 'http://localhost:5173' }],
    ['a page at an IPv6 loopback address', { host: '[::1]:8000', origin: 'http://[::1]:5173' }],
    ['a followed link', { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  ])('%s', (_who, headers) => {
    expect(isForeignPage(headers)).toBe(false);
  });

  it.each([
    ['another site', { host, origin: 'https://example.com' }],
    ['a site at an address', { host, origin: 'http://203.0.113.5' }],
    ['a sandboxed frame', { host, origin: 'null' }],
    ['a request without Origin of another site', { host, 'sec-fetch-site': 'cross-site' }],
    ['a name that points here', { host: 'rebound.example.com:8000' }],
    ['a name that looks local', { host: 'localhost.example.com' }],
  ])('not %s', (_who, headers) => {
    expect(isForeignPage(headers)).toBe(true);
  });
});
