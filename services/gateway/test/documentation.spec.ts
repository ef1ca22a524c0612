import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

describe('the documentation', () => {
  it('is the contracts’ document, for this server', async () => {
    const reply = await system.send('GET', '/openapi.json');
    const file = new URL(import.meta.resolve('@undertone/contracts/openapi.json'));
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expect(reply.body).toEqual({
      ...(document as object),
      servers: [{ url: '/', description: 'This server.' }],
    });
  });

  it('is a page that takes everything from here', async () => {
    const moved = await system.send('GET', '/docs');
    expect(moved.headers.get('location')).toBe('/docs/');
    const page = await system.send('GET', '/docs/');
    expect(page.status).toBe(200);
    expect(page.text).toContain('/openapi.json');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const scripts = [...page.text.matchAll(/src="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(scripts).toEqual(['js/scalar.js']);
    const script = await system.send('GET', '/docs/js/scalar.js');
    expect(script.status).toBe(200);
    expect(script.headers.get('content-type')).toContain('javascript');
    expect(script.text.length).toBeGreaterThan(1_000_000);
  });

  it.each(['/livez', '/api/nothing'])(
    'is served with the headers that every answer has: %s',
    async (path) => {
      const { headers } = await system.send('GET', path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-trace-id': expect.stringMatching(/^[0-9a-f]{32}$/),
        'content-security-policy':
          "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
      expect(headers.get('server')).toBeNull();
      expect(headers.get('x-powered-by')).toBeNull();
    },
  );
});
