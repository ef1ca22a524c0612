import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startLlmSimulator } from '@undertone/simulators/llm/server';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { Stack, services } from '../stack/stack.js';
import { readAll } from './answers.js';
import { keepDatabase } from './database.js';
import { environmentOf } from './environment.js';
import { keptReleases, writePart } from './kept-release.js';
import { leaveWaiting, live, rest } from './life.js';
import { PlainClient } from './plain-client.js';
import { keepRedis } from './redis-keys.js';
import { keepStreams } from './streams.js';

/** Makes the data of a release with the code of that release. See README.md. */
it('keeps a release', async () => {
  const { RELEASE_VERSION: version = '', RELEASE_ROOT: root = '' } = process.env;
  if (!/^\d+\.\d+\.\d+$/.test(version) || !root)
    throw new Error('RELEASE_VERSION and RELEASE_ROOT say which');
  expect(await keptReleases(), 'a kept release is never changed').not.toContain(version);
  const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: root });

  const model = await startLlmSimulator();
  const stack = await Stack.start(environmentOf(model.url), { root });
  const { infrastructure } = stack;
  const redis = new Redis(infrastructure.redisUrl);
  try {
    const life = await live(stack, model);
    await rest(stack);
    const answers = await readAll(new PlainClient(stack.url), life);
    const cached = await keepRedis(redis, infrastructure.redisPrefix);
    const waitingTask = await leaveWaiting(stack, life.dora);
    await stack.stopServices();
    const behind = services.filter((service) => service !== 'gateway');
    await writePart(version, 'life', { commit: stdout.trim(), ...life, waitingTask });
    await writePart(version, 'answers', answers);
    await writePart(version, 'redis', cached);
    await writePart(version, 'streams', await keepStreams(await infrastructure.connect()));
    await writePart(version, 'database', await keepDatabase(infrastructure.adminUrl, behind));
  } catch (error) {
    console.error(
      stack.output
        .split('\n')
        .filter((line) => /"level":[456]0/.test(line))
        .slice(-20)
        .join('\n'),
    );
    throw error;
  } finally {
    await stack.stop();
    await model.close();
    redis.disconnect();
  }
});
