import { describe, expect, it } from 'vitest';
import { isOwnHost } from './own-address.js';

const onLoopback = { behindLoopbackPort: false };
const inContainer = { behindLoopbackPort: true };

describe('a Host that is this server’s own', () => {
  it.each(['localhost:8000', 'LOCALHOST', '127.0.0.1:8000', '127.0.0.2', '[::1]:8000', undefined])(
    'is %s, on loopback and in a container',
    (host) => {
      expect(isOwnHost(host, onLoopback)).toBe(true);
      expect(isOwnHost(host, inContainer)).toBe(true);
    },
  );

  it.each(['172.18.0.5:8000', '10.1.2.3', '[fd00::5]:8000'])('is the address %s, in a container', (host) => {
    expect(isOwnHost(host, inContainer)).toBe(true);
    expect(isOwnHost(host, onLoopback)).toBe(false);
  });

  it.each([
    ['a name that points here', 'rebound.example.com:8000'],
    ['a name that looks local', 'localhost.example.com'],
    ['a name that begins with an address', '127.0.0.1.example.com:8000'],
    ['a name without a dot', 'gateway:8000'],
    ['a name behind another', 'localhost:8000@example.com'],
    ['what is no host', 'local host'],
    ['nothing', ''],
  ])('is not %s', (_what, host) => {
    expect(isOwnHost(host, inContainer)).toBe(false);
    expect(isOwnHost(host, onLoopback)).toBe(false);
  });
});
