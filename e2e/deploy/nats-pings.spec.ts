import { expect, it } from 'vitest';
import { read } from '../docs/sources.js';

/** Wherever a NATS server is configured: the deployed ones, those of `npm start`, and those of the tests. */
const configured = [
  'deploy/nats/nats-server.conf',
  'scripts/servers/nats.mjs',
  'platform/src/test-kit/servers.ts',
  'k8s/README.md',
];

it.each(configured)('%s has the server notice a frozen client within fifteen seconds', (path) => {
  const text = read(path);
  expect(text).toMatch(/ping_interval: "?5s"?/);
  expect(text).toMatch(/ping_max: 2/);
});
