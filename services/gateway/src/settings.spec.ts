import { loadSettings } from '@undertone/platform/settings/load-settings';
import { describe, expect, it } from 'vitest';
import { gatewaySettings, isReachedWithoutTls } from './settings.js';

const needed = {
  AUTH_MODE: 'open',
  NATS_URL: 'nats://127.0.0.1:4222',
  REDIS_URL: 'redis://127.0.0.1:6379',
};
const load = (more: NodeJS.ProcessEnv = {}) =>
  loadSettings('gateway', gatewaySettings, { ...needed, ...more });

describe('the settings', () => {
  it('serve on loopback, port 8000, unless told otherwise', () => {
    expect(load()).toMatchObject({ HOST: '127.0.0.1', PORT: 8000, RATE_LIMIT_REQUESTS: 600 });
    expect(load({ PORT: '8123' }).PORT).toBe(8123);
  });

  it('want open mode said', () => {
    expect(() => load({ AUTH_MODE: '' })).toThrow(/AUTH_MODE: has to be "open"/);
    expect(() => load({ AUTH_MODE: 'jwt' })).toThrow(/AUTH_MODE/);
  });

  it.each([
    '*',
    'music.example',
    'https://music.example/',
    'https://music.example, *',
    'ftp://music.example',
  ])('refuse %j as origins of other pages', (CORS_ORIGINS) => {
    expect(() => load({ AUTH_MODE: 'accounts', CORS_ORIGINS })).toThrow(/CORS_ORIGINS: has to be origins/);
  });

  it('take the origins of other pages, one by one', () => {
    const CORS_ORIGINS = 'https://music.example,http://localhost:5173';
    expect(load({ AUTH_MODE: 'accounts', CORS_ORIGINS }).CORS_ORIGINS).toEqual(CORS_ORIGINS.split(','));
  });

  it('refuse less bytes for a key than one file may have', () => {
    expect(() => load({ RATE_LIMIT_UPLOAD_BYTES: '300000000' })).toThrow(
      /RATE_LIMIT_UPLOAD_BYTES: has to be twice/,
    );
  });

  it('refuse open mode in production', () => {
    expect(() => load({ NODE_ENV: 'production' })).toThrow(/AUTH_MODE: .*production/);
  });

  it('refuse open mode where others can reach it', () => {
    expect(() => load({ HOST: '0.0.0.0' })).toThrow(/HOST: .*loopback/);
    expect(() => load({ HOST: '192.168.1.10' })).toThrow(/HOST/);
    expect(load({ HOST: '0.0.0.0', OPEN_MODE_BEHIND_LOOPBACK_PORT: 'true' }).HOST).toBe('0.0.0.0');
    for (const host of ['localhost', '::1', '127.0.0.2']) expect(load({ HOST: host }).HOST).toBe(host);
  });

  it.each(['', 'development', 'production'])(
    'refuse plain http that passwords go over, but on loopback: NODE_ENV=%s',
    (NODE_ENV) => {
      const at = (PUBLIC_URL: string) => () =>
        load({ AUTH_MODE: 'accounts', NODE_ENV, PUBLIC_URL }).PUBLIC_URL;
      for (const url of [
        'http://undertone.example.org',
        'http://192.168.1.10:8000',
        'http://undertone.lan',
      ]) {
        expect(at(url)).toThrow(/PUBLIC_URL: has to begin with https:.*proxy/);
      }
      for (const url of [
        'https://undertone.example.org',
        'http://localhost:8000',
        'http://127.0.0.1:8000',
        'http://[::1]:8000',
      ]) {
        expect(at(url)()).toBe(url);
      }
    },
  );

  it.each([
    [{}, true],
    [{ OPEN_MODE_BEHIND_LOOPBACK_PORT: 'true' }, false],
    [{ HOST: '127.0.0.1' }, false],
    [{ PUBLIC_URL: 'https://undertone.example.org' }, false],
  ])('tell where people may sign in without TLS all the same: %o', (more, may) => {
    expect(isReachedWithoutTls(load({ AUTH_MODE: 'accounts', HOST: '0.0.0.0', ...more }))).toBe(may);
  });
});
