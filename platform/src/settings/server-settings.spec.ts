import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InvalidSettings, loadSettings } from './load-settings.js';
import { databaseSettings, natsSettings, redisSettings } from './server-settings.js';

const schema = z.object({ ...natsSettings, ...redisSettings, ...databaseSettings });
const enough = {
  NATS_URL: 'nats://127.0.0.1:4222',
  REDIS_URL: 'redis://127.0.0.1:6379',
  DATABASE_URL: 'postgres://app:secret@127.0.0.1:5432/undertone',
};
const load = (more: NodeJS.ProcessEnv) => loadSettings('sample', schema, { ...enough, ...more });
const problems = (more: NodeJS.ProcessEnv): string => {
  try {
    load(more);
  } catch (error) {
    if (error instanceof InvalidSettings) return error.message;
  }
  throw new Error('the settings were taken');
};

describe('the settings of servers', () => {
  it('take a name and a password in each address', () => {
    const secured = {
      NATS_URL: 'nats://app:hunter2@nats-0:4222,nats://nats-1:4222',
      REDIS_URL: 'rediss://app:hunter2@redis:6379',
      DATABASE_URL: 'postgres://app:hunter2@db/undertone?sslmode=verify-full',
    };
    expect(load(secured)).toEqual(secured);
  });

  it('come from files, too', () => {
    const folder = mkdtempSync(join(tmpdir(), 'undertone-test-'));
    const names = ['NATS_NKEY', 'NATS_CREDS', 'NATS_TOKEN', 'NATS_CA', 'REDIS_CA', 'DATABASE_CA'] as const;
    const values = Object.fromEntries(
      names.map((name) => [name, name === 'NATS_NKEY' ? 'SUABC' : `of ${name}`]),
    );
    const files = names.map((name) => {
      writeFileSync(join(folder, name), `${values[name]}\n`);
      return [`${name}_FILE`, join(folder, name)];
    });
    expect(load(Object.fromEntries(files))).toMatchObject(values);
  });

  it.each([
    [
      { NATS_URL: 'nats://one:hunter2@nats-0,nats://two:hunter2@nats-1' },
      'NATS_URL: its addresses name different users',
    ],
    [{ NATS_NKEY: 'hunter2' }, 'NATS_NKEY: is no seed'],
    [
      { DATABASE_URL: 'postgres://a:hunter2@db/x?sslmode=prefer' },
      'DATABASE_URL: its sslmode has to be one of',
    ],
    [{ REDIS_URL: 'http://a:hunter2@redis' }, 'REDIS_URL: '],
  ])('refuse %o, and do not repeat what may be secret', (more, message) => {
    expect(problems(more)).toContain(message);
    expect(problems(more)).not.toContain('hunter2');
  });
});
