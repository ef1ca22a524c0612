import { createHash } from 'node:crypto';
import { streamsApiPrefix } from '@undertone/contracts/servers/nats-accounts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandOf, documents, read, serviceFolders } from './deployed-files.js';

const dependency = z.looseObject({ condition: z.string() });
const compose = z
  .looseObject({
    services: z.record(
      z.string(),
      z.looseObject({
        image: z.string(),
        command: z.array(z.string()).optional(),
        build: z.looseObject({ dockerfile: z.string(), target: z.string() }).optional(),
        environment: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
        ports: z.array(z.string()).optional(),
        restart: z.string(),
        labels: z.record(z.string(), z.string()).optional(),
        healthcheck: z.looseObject({ disable: z.boolean().optional() }).optional(),
        depends_on: z.record(z.string(), dependency).optional(),
      }),
    ),
  })
  .parse(documents('docker-compose.yml')[0]);
const services = new Map(Object.entries(compose.services));
const dockerfile = read('deploy/Dockerfile');

describe('docker-compose.yml', () => {
  it('runs every service folder with the command that starts it', () => {
    const started = [...services].filter(([, service]) => service.command?.[1]?.startsWith('services/'));
    expect(started.map(([name]) => name).sort()).toEqual(serviceFolders);
    for (const [name, service] of started) {
      expect(service).toMatchObject({ image: 'undertone', command: commandOf(name) });
    }
  });

  it('stands on the versions that the system is made for', () => {
    expect(services.get('postgres')?.image).toBe('postgres:18');
    expect(services.get('redis')?.image).toBe('redis:8');
    expect(services.get('nats')?.image).toBe('nats:2.15');
    const bases = [...dockerfile.matchAll(/^FROM (\S+:\S+)/gm)].map((match) => match[1]);
    expect(new Set(bases)).toEqual(new Set(['node:26-trixie-slim']));
  });

  it('builds each of its images once, from a stage that the Dockerfile has', () => {
    const stages = new Set([...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map((match) => match[1]));
    const built = [...services.values()].filter((service) => service.build);
    expect(built.map(({ image }) => image).sort()).toEqual(['undertone', 'undertone-simulator']);
    for (const { build } of built) expect(stages).toContain(build?.target);
  });

  it.each([
    ['nats', 'deploy/nats/users.conf'],
    ['redis', 'deploy/redis/users.acl'],
  ])('starts %s anew when a release changes who may do what on it', (name, file) => {
    const hash = createHash('sha256').update(read(file)).digest('hex').slice(0, 12);
    // Where this fails, put the new one into docker-compose.yml.
    expect(services.get(name)?.labels).toMatchObject({ 'undertone.users': hash });
  });

  it("starts Redis anew when its users' keys change, which the services and `keys` are told of together", () => {
    expect(services.get('redis')?.labels).toMatchObject({
      'undertone.prefix': `\${REDIS_PREFIX:-undertone:}`,
    });
    for (const name of [...serviceFolders, 'keys']) {
      expect(services.get(name)?.environment).toMatchObject({ REDIS_PREFIX: `\${REDIS_PREFIX:-}` });
    }
  });

  it('publishes the gateway alone, on loopback, which open mode requires, and where a proxy that does TLS finds it', () => {
    const published = [...services].filter(([, service]) => service.ports);
    expect(published.map(([name]) => name)).toEqual(['gateway']);
    for (const port of services.get('gateway')?.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(services.get('gateway')?.environment).toMatchObject({
      AUTH_MODE: `\${AUTH_MODE:-open}`,
    });
  });

  it('lets a program that runs once be waited for: `up --wait` fails on one that nobody names', () => {
    const once = [...services].filter(([, service]) => service.restart === 'no').map(([name]) => name);
    const waitedFor = [...services.values()].flatMap((service) =>
      Object.entries(service.depends_on ?? {})
        .filter(([, { condition }]) => condition === 'service_completed_successfully')
        .map(([name]) => name),
    );
    expect(once.sort()).toEqual([...new Set(waitedFor)].sort());
  });

  it('gives a service its secrets as files, each from a volume of its own', () => {
    for (const name of serviceFolders) {
      // Identity alone keeps something beside them.
      const others = name === 'identity' ? ['erasures:/erasures'] : [];
      expect(services.get(name)?.volumes).toEqual([`${name}-secrets:/secrets:ro`, ...others]);
      expect(services.get(name)?.environment).toMatchObject({
        ...{ NATS_NKEY_FILE: '/secrets/nats-nkey', REDIS_URL_FILE: '/secrets/redis-url' },
        NATS_API_PREFIX: streamsApiPrefix,
        ...(name !== 'gateway' && { DATABASE_URL_FILE: '/secrets/database-url' }),
      });
    }
    expect(services.get('streams')?.environment).not.toHaveProperty('NATS_API_PREFIX');
    expect(services.get('streams')?.volumes).toEqual(['operator-secrets:/secrets:ro']);
  });
});
