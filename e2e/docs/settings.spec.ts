import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { gatewaySettings } from '../../services/gateway/src/settings.js';
import { identitySettings } from '../../services/identity/src/settings.js';
import { ingestionSettings } from '../../services/ingestion/src/settings.js';
import { insightSettings } from '../../services/insight/src/settings.js';
import { schedulerSettings } from '../../services/scheduler/src/settings.js';
import { tokenSettings } from '../../services/token/src/settings.js';
import { read } from './sources.js';

/** Settings by service, as its schema names them. */
const settings = Object.entries({
  gateway: gatewaySettings,
  identity: identitySettings,
  ingestion: ingestionSettings,
  insight: insightSettings,
  scheduler: schedulerSettings,
  token: tokenSettings,
}).map(([service, schema]) => ({ service, names: Object.keys(schema.shape) }));

const inExample = new Set(
  [...read('.env.example').matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1] ?? ''),
);

/** What follows from how compose lays things out: its own servers, volumes and ports. The image has HOST. */
const setByCompose = [
  'AUTH_MODE',
  ...['DATABASE', 'NATS', 'REDIS'].flatMap((server) =>
    ['CA', 'CERT', 'KEY'].map((what) => `${server}_${what}`),
  ),
  'DATABASE_URL',
  'FIELD_ENCRYPTION_KEY',
  'HOST',
  'NATS_CREDS',
  'NATS_NKEY',
  'NATS_TOKEN',
  'NATS_URL',
  'OPEN_MODE_BEHIND_LOOPBACK_PORT',
  'PORT',
  'REDIS_URL',
  'STREAM_REPLICAS',
];
const compose = z
  .looseObject({
    services: z.record(
      z.string(),
      z.looseObject({ environment: z.record(z.string(), z.union([z.string(), z.number()])).optional() }),
    ),
  })
  .parse(parse(read('docker-compose.yml'), { merge: true }));

it('names every setting of every service in .env.example', () => {
  const names = new Set(settings.flatMap((service) => service.names));
  expect([...names].filter((name) => !inExample.has(name)).sort()).toEqual([]);
});

it.each(settings)('hands every setting of $service on in docker-compose.yml', ({ service, names }) => {
  const environment = compose.services[service]?.environment ?? {};
  const handedOn = (name: string) => String(environment[name] ?? '').startsWith(`\${${name}:-`);
  expect(names.filter((name) => !setByCompose.includes(name) && !handedOn(name))).toEqual([]);
});

it('names in .env.example what `npm start` reads', () => {
  const help = read('scripts/start/help.mjs');
  const named = [...help.matchAll(/^ {2}([A-Z][A-Z0-9_]+)(?:[ ,]|$)/gm)].map((match) => match[1] ?? '');
  expect(named).toContain('SERVERS_FROM');
  expect(named.filter((name) => !inExample.has(name))).toEqual([]);
});
