import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { connectNats } from '@undertone/platform/nats/connect';
import { jetStreamManagerOf } from '@undertone/platform/nats/jetstream';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import {
  makeSeed,
  NATS_API_PREFIX,
  natsKeys,
  natsUsers,
  OPERATOR,
  redisUsers,
  SERVICES,
} from '../../deploy/access.mjs';
import { moveStreams } from '../../deploy/move-streams.mjs';
import { startNats } from '../../scripts/servers/nats.mjs';
import { startRedis } from '../../scripts/servers/redis.mjs';

const env = { ...process.env, NATS_URL: undefined, REDIS_URL: undefined };

it('keeps the streams of an earlier start, which knew no users', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'undertone-test-'));
  const before = await startNats({ directory, durable: false, env });
  const anybody = await connect({ servers: before.url });
  await (await jetstreamManager(anybody)).streams.add({ name: 'TOKEN', subjects: ['token.*.*'] });
  await jetstream(anybody).publish('token.x.stored', 'kept');
  await anybody.close();
  await before.stop();
  expect(moveStreams(directory)).toBe(true);
  expect(moveStreams(directory)).toBe(false);

  const seeds = Object.fromEntries([...SERVICES, OPERATOR].map((name) => [name, makeSeed()]));
  const extra = {
    files: { 'users.conf': natsUsers(), 'keys.conf': natsKeys(seeds) },
    configuration: () => 'include "users.conf"',
  };
  const after = await startNats({ directory, durable: false, env, extra });
  try {
    await expect(connect({ servers: after.url, reconnect: false })).rejects.toThrow(/Authorization/);
    const settings = { NATS_URL: after.url, NATS_NKEY: seeds.token ?? '', NATS_API_PREFIX };
    const token = await connectNats(settings, 'token', silent);
    const manager = await jetStreamManagerOf(token);
    expect((await manager.streams.getMessage('TOKEN', { seq: 1 }))?.string()).toBe('kept');
    await token.close();
  } finally {
    await after.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

it('keeps the keys of an earlier start, which knew no users', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'undertone-test-'));
  const before = await startRedis({ directory, env });
  const anybody = new Redis(before.url);
  await anybody.set('undertone:v1:task:x', 'kept');
  await anybody.quit();
  await before.stop();

  const passwords = Object.fromEntries(SERVICES.map((name) => [name, `secret-of-${name}`]));
  const extra = {
    files: { 'users.acl': redisUsers({ prefix: 'undertone:', admin: 'admin', passwords }) },
    configuration: (folder: string) => `aclfile "${folder}/users.acl"`,
  };
  const after = await startRedis({ directory, env, extra, password: 'admin' });
  try {
    const { host } = new URL(after.url);
    const nobody = new Redis(`redis://${host}`);
    nobody.on('error', () => undefined);
    await expect(nobody.get('undertone:v1:task:x')).rejects.toThrow('NOAUTH');
    nobody.disconnect();
    const scheduler = new Redis(`redis://scheduler:secret-of-scheduler@${host}`);
    expect(await scheduler.get('undertone:v1:task:x')).toBe('kept');
    scheduler.disconnect();
  } finally {
    await after.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
