import { earlierSettings } from '@undertone/platform/settings/earlier-settings';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { settings as ofServices, settingsOfStreams } from './settings-of-services.js';
import { read } from './sources.js';

const settings = [...ofServices, settingsOfStreams];
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
  'NATS_API_PREFIX',
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

it.each(settings)(
  'hands no setting of another service on to $service in docker-compose.yml',
  ({ service, names }) => {
    // What is no setting of a schema: where traces go, and what the start refuses.
    const known = new Set([...names, 'OTEL_EXPORTER_OTLP_ENDPOINT', ...earlierSettings]);
    const given = Object.keys(compose.services[service]?.environment ?? {}).map((name) =>
      name.replace(/_FILE$/, ''),
    );
    expect(given.filter((name) => !known.has(name))).toEqual([]);
  },
);

it('says what each setting of earlier versions is now, in deploy/README.md and in compose', () => {
  const told = read('deploy/README.md');
  expect(earlierSettings.filter((name) => !told.includes(`\`${name}\``))).toEqual([]);
  const environment = compose.services.gateway?.environment ?? {};
  const unseen = earlierSettings.filter((name) => !(name in environment));
  // Compose gives each service the database of its own.
  expect(unseen).toEqual(['DATABASE_URL']);
});

it('names in .env.example what `npm start` reads', () => {
  const help = read('scripts/start/help.mjs');
  const named = [...help.matchAll(/^ {2}([A-Z][A-Z0-9_]+)(?:[ ,]|$)/gm)].map((match) => match[1] ?? '');
  expect(named).toContain('SERVERS_FROM');
  expect(named.filter((name) => !inExample.has(name))).toEqual([]);
});
