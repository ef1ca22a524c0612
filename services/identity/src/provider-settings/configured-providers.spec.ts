import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configuredProviders } from './configured-providers.js';
import { providerDefinitions } from './provider-definition.js';

const settings = z.object({ OIDC_PROVIDERS: providerDefinitions.default([]) });
const read = (providers: unknown, environment: Record<string, string> = {}) => {
  const json = typeof providers === 'string' ? providers : JSON.stringify(providers);
  const { OIDC_PROVIDERS } = loadSettings('identity', settings, { OIDC_PROVIDERS: json });
  return configuredProviders(OIDC_PROVIDERS, environment);
};

const home = { id: 'home', issuer: 'https://id.example.org/realms/home', client_id: 'undertone' };
const secret = { client_secret_env: 'OIDC_CLIENT_SECRET_HOME' };

describe('the settings of OpenID providers', () => {
  it('name none by default', () => {
    expect(read('')).toEqual([]);
  });

  it('name a client without a secret, or with one from the environment or a file', () => {
    expect(read([home])).toEqual([{ ...home, scope: 'openid profile', clientSecret: undefined }]);
    const withSecret = { ...home, ...secret };
    expect(read([withSecret], { OIDC_CLIENT_SECRET_HOME: 's' })).toMatchObject([{ clientSecret: 's' }]);
    const file = join(mkdtempSync(join(tmpdir(), 'undertone-')), 'secret');
    writeFileSync(file, 'from a file\n');
    expect(read([withSecret], { OIDC_CLIENT_SECRET_HOME_FILE: file })).toMatchObject([
      { clientSecret: 'from a file' },
    ]);
  });

  it.each(['http://127.0.0.1:3000', 'http://localhost:3000', 'https://id.example.org'])(
    'take the issuer %s',
    (issuer) => {
      expect(read([{ ...home, issuer }])).toMatchObject([{ issuer }]);
    },
  );

  it.each([
    ['OIDC_PROVIDERS: is not JSON', '[{'],
    ['OIDC_PROVIDERS.0.issuer: has to begin with https://', [{ ...home, issuer: 'http://id.example.org' }]],
    ['OIDC_PROVIDERS.0.issuer', [{ ...home, issuer: 'id.example.org' }]],
    ['OIDC_PROVIDERS.0.id: is what Spotify itself is called', [{ ...home, id: 'spotify' }]],
    ['OIDC_PROVIDERS.0.id', [{ ...home, id: 'At Home' }]],
    ['OIDC_PROVIDERS.1.id: home is there twice', [home, home]],
    ['OIDC_PROVIDERS.0.client_id', [{ ...home, client_id: '' }]],
    ['OIDC_PROVIDERS.0.scope: begins with openid', [{ ...home, scope: 'profile email' }]],
    ['OIDC_PROVIDERS.0.client_secret_env', [{ ...home, client_secret_env: 'DATABASE_URL' }]],
    ['OIDC_PROVIDERS.0: Unrecognized key: "client_secret"', [{ ...home, client_secret: 'secret' }]],
    ['OIDC_CLIENT_SECRET_HOME: not set', [{ ...home, ...secret }]],
  ])('are refused naming %s', (message, providers) => {
    expect(() => read(providers)).toThrow(message);
  });

  it('are refused naming a file that is not there', () => {
    const environment = { OIDC_CLIENT_SECRET_HOME_FILE: '/nowhere/secret' };
    expect(() => read([{ ...home, ...secret }], environment)).toThrow('OIDC_CLIENT_SECRET_HOME_FILE: ENOENT');
  });
});
