import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem({ RATE_LIMIT_REQUESTS: '100000' });
});
afterAll(() => system.stop());

const TEXTS = [
  '0000-01-01',
  '9999-12-31',
  '2026-02-30',
  '-1',
  '1e309',
  '9'.repeat(400),
  Buffer.from('["history",["0000-01-01T00:00:00.000Z","x"]]').toString('base64url'),
  'a\0b',
  '%00',
  '\u202e',
  'x'.repeat(300),
];
/** As JSON, of which some could not be made from a value. */
const JSONS = [
  ...TEXTS.map((text) => JSON.stringify(text)),
  ...['"\\ud800"', '1e308', '1e999', '-0', 'null', 'true', '{}', '[[]]', '{"\\u0000":{"a":["\\u0000"]}}'],
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
];

/** One request for each odd value, which stands in every field that the request has there. */
function requestsOf(route: RouteDefinition): { path: string; json?: string }[] {
  const path = (part: string) => route.path.replaceAll(/\{\w+\}/g, encodeURIComponent(part));
  const fields = Object.keys(route.input.shape).filter((name) => !route.path.includes(`{${name}}`));
  const query = (text: string, times = 1) =>
    new URLSearchParams(fields.flatMap((name) => Array.from({ length: times }, () => [name, text])));
  const inQuery = TEXTS.flatMap((text) => [
    { path: `${path(newId())}?${query(text)}` },
    { path: `${path(newId())}?${query(text, 2)}` },
    { path: `${path(text.slice(0, 60))}?${query(text)}` },
  ]);
  const inBody = JSONS.map((json) => ({
    path: path(newId()),
    json: `{${fields.map((name) => `"${name}":${json}`).join()}}`,
  }));
  return [...(route.from === 'body' ? [] : inQuery), ...(route.from === 'query' ? [] : inBody)];
}

const all = Object.entries<RouteDefinition>(routes).filter(([, { from }]) => from !== 'multipart');

it('no odd value of any field of any route is an error of the server', async () => {
  let sent = 0;
  const failed: unknown[] = [];
  for (const [id, route] of all) {
    // Together: a question to a service that is not played here is asked again a moment later, and then is a 503.
    const asked = requestsOf(route).map(async ({ path, json }) => {
      const reply = await system.send(route.method, path, json === undefined ? {} : { json });
      sent += 1;
      if (reply.status >= 500 && reply.status !== 503)
        failed.push([id, path, json?.slice(0, 80), reply.text]);
    });
    await Promise.all(asked);
  }
  expect(sent).toBeGreaterThan(500);
  expect(failed).toEqual([]);
});
