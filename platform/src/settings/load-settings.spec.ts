import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { idleSettings } from './earlier-settings.js';
import { commonSettings, flag, InvalidSettings, loadSettings } from './load-settings.js';
import { databaseSettings } from './server-settings.js';

const schema = z.object({ ...commonSettings, KEY: z.string().min(8), VERBOSE: flag.default(false) });
const enough = {
  PORT: '8001',
  NATS_URL: 'nats://127.0.0.1:4222',
  REDIS_URL: 'redis://127.0.0.1:6379',
  KEY: 'long enough',
};
const load = (environment: NodeJS.ProcessEnv) => loadSettings('sample', schema, environment);

function file(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'undertone-test-')), 'value');
  writeFileSync(path, content);
  return path;
}

function problems(environment: NodeJS.ProcessEnv): string {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof InvalidSettings) return error.message;
  }
  throw new Error('the settings were taken');
}

describe('settings', () => {
  it('are typed, with defaults', () => {
    expect(load({ ...enough, VERBOSE: 'true' })).toEqual({
      ...enough,
      PORT: 8001,
      VERBOSE: true,
      NODE_ENV: 'development',
      LOG_LEVEL: 'info',
      HOST: '127.0.0.1',
      STREAM_REPLICAS: 1,
      REDIS_PREFIX: 'undertone:',
    });
  });

  it.each(['a b:', '*', 'a?', '[a]', 'a\\', '"a'])(
    'take no prefix that Redis’ users would read otherwise: %s',
    (prefix) => {
      expect(problems({ ...enough, REDIS_PREFIX: prefix })).toContain('REDIS_PREFIX: ');
    },
  );

  it('hold nothing that was not asked for', () => {
    expect(load({ ...enough, PATH: '/bin' })).not.toHaveProperty('PATH');
  });

  it('name every one that is wrong, and whose they are', () => {
    const message = problems({ PORT: 'many', NATS_URL: 'http://x', KEY: 'short', LOG_LEVEL: 'loud' });
    expect(message).toMatch(/^sample cannot start/);
    for (const name of ['PORT', 'NATS_URL', 'REDIS_URL', 'KEY', 'LOG_LEVEL']) {
      expect(message).toContain(`\n  ${name}: `);
    }
    expect(message).not.toContain('VERBOSE');
  });

  it('count as absent when they are empty', () => {
    expect(load({ ...enough, LOG_LEVEL: '', REDIS_PREFIX: '' })).toMatchObject({
      LOG_LEVEL: 'info',
      REDIS_PREFIX: 'undertone:',
    });
    expect(problems({ ...enough, KEY: '' })).toContain('KEY: ');
  });

  it('can stand in a file, without its last line break', () => {
    const { KEY: _, ...rest } = enough;
    expect(load({ ...rest, KEY_FILE: file('from a file\n') }).KEY).toBe('from a file');
    expect(load({ ...rest, KEY: '', KEY_FILE: file('from a file') }).KEY).toBe('from a file');
  });

  it('prefer what is said outright to what stands in a file', () => {
    expect(load({ ...enough, KEY_FILE: file('from a file') }).KEY).toBe('long enough');
  });

  it('name a file that cannot be read, and a value in one that is wrong', () => {
    const { KEY: _, ...rest } = enough;
    expect(problems({ ...rest, KEY_FILE: '/nowhere/at/all' })).toMatch(/KEY_FILE: .*\/nowhere\/at\/all/);
    expect(problems({ ...rest, KEY_FILE: file('short') })).toContain('KEY: ');
    // Its default must not stand in for a file that is gone.
    expect(problems({ ...enough, LOG_LEVEL_FILE: '/nowhere/at/all' })).toContain('LOG_LEVEL_FILE: ');
  });

  it('take the servers of a NATS cluster, and check each', () => {
    const cluster = 'nats://nats-0:4222, tls://user:hunter2@nats-1:4222,nats://nats-2:4222';
    expect(load({ ...enough, NATS_URL: cluster }).NATS_URL).toBe(cluster.replace(' ', ''));
    for (const wrong of ['http://nats-1', 'nats-1:4222', '']) {
      const message = problems({ ...enough, NATS_URL: `nats://user:hunter2@nats-0:4222,${wrong}` });
      expect(message).toMatch(/\n {2}NATS_URL: address 2 of 2 /);
      expect(message).not.toContain('hunter2');
    }
  });

  it('do not repeat a wrong value, which may be a secret', () => {
    expect(problems({ ...enough, KEY: 'hunter2' })).not.toContain('hunter2');
  });

  it('take yes and no at their word', () => {
    expect(load({ ...enough, VERBOSE: 'true' }).VERBOSE).toBe(true);
    expect(load({ ...enough, VERBOSE: 'false' }).VERBOSE).toBe(false);
  });

  it.each(['yes', '1', 'TRUE'])('take %s for no answer to yes or no', (value) => {
    expect(problems({ ...enough, VERBOSE: value })).toContain('VERBOSE: ');
  });
});

describe('a setting of an earlier version', () => {
  it.each([
    ['WORKER_CONCURRENCY', '4', 'set INTERACTIVE_SLOTS and BULK_SLOTS'],
    ['WORKER_ENABLED', 'false', 'each service works on its own queues'],
    ['WORKER_POLL_INTERVAL', '5', 'nothing polls'],
    ['REDIS_HOST', 'hunter2', 'set REDIS_URL=redis://HOST:6379'],
    ['CELERY_BROKER_URL', 'redis://:hunter2@redis:6379/0', 'set NATS_URL'],
    ['S3_BUCKET_NAME', 'hunter2', 'set OBJECT_STORAGE_URL=s3://HOST/BUCKET'],
  ])(
    '%s is refused with what to set instead, outright or in a file, and not repeated',
    (name, value, instead) => {
      for (const said of [{ [name]: value }, { [`${name}_FILE`]: file(value) }]) {
        const message = problems({ ...enough, ...said });
        expect(message).toMatch(new RegExp(`\n  ${name}: is of an earlier version: `));
        expect(message).toContain(instead);
        expect(message).not.toContain('hunter2');
      }
      expect(load({ ...enough, [name]: '' }).PORT).toBe(8001);
    },
  );

  it('is told of together with what else is wrong', () => {
    const message = problems({ ...enough, REDIS_URL: '', REDIS_HOST: 'redis', WORKER_CONCURRENCY: '4' });
    for (const name of ['REDIS_HOST', 'WORKER_CONCURRENCY', 'REDIS_URL'])
      expect(message).toContain(`${name}: `);
  });

  it.each(['true', 'True', '1'])('WORKER_ENABLED=%s is taken: it is so', (WORKER_ENABLED) => {
    expect(load({ ...enough, WORKER_ENABLED }).PORT).toBe(8001);
  });

  it.each([
    ['mysql://root:hunter2@db/undertone', /DATABASE_URL: is of MySQL, .*set postgres:/],
    ['mysql+pymysql://root:hunter2@db/undertone', /DATABASE_URL: is of MySQL/],
    ['MARIADB://root:hunter2@db/undertone', /DATABASE_URL: is of MariaDB/],
    ['sqlite:///./hunter2.db', /DATABASE_URL: is of SQLite/],
    ['postgresql+psycopg2://root:hunter2@db/undertone', /DATABASE_URL: names a driver/],
  ])('DATABASE_URL=%s is refused in one line', (DATABASE_URL, why) => {
    const withDatabase = z.object({ ...schema.shape, ...databaseSettings });
    const refused = () => loadSettings('sample', withDatabase, { ...enough, DATABASE_URL });
    expect(refused).toThrow(why);
    expect(refused).not.toThrow(/hunter2|DATABASE_URL:[\s\S]*DATABASE_URL:/);
    // Who has no database is told nothing of it.
    expect(load({ ...enough, DATABASE_URL }).PORT).toBe(8001);
  });

  it.each(['postgres', 'postgresql'])('DATABASE_URL=%s:// is taken', (scheme) => {
    const DATABASE_URL = `${scheme}://user:password@db:5432/undertone`;
    const withDatabase = z.object({ ...schema.shape, ...databaseSettings });
    expect(loadSettings('sample', withDatabase, { ...enough, DATABASE_URL })).toMatchObject({ DATABASE_URL });
  });

  it('AWS_ACCESS_KEY_ID is taken beside an address of a bucket; without one that is worth a word', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'hunter2', AWS_SECRET_ACCESS_KEY: 'hunter2' };
    expect(load({ ...enough, ...keys }).PORT).toBe(8001);
    expect(idleSettings(keys, {})).toMatch(
      /^AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY have no effect here/,
    );
    expect(idleSettings(keys, {})).not.toContain('hunter2');
    expect(idleSettings(keys, { OBJECT_STORAGE_URL: {} })).toBeUndefined();
    expect(idleSettings({ AWS_ACCESS_KEY_ID: '' }, {})).toBeUndefined();
  });
});
