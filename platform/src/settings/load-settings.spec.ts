import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commonSettings, flag, InvalidSettings, loadSettings } from './load-settings.js';

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
