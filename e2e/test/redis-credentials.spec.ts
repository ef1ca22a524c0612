import { redisCommandsOf, redisKeys } from '@undertone/contracts/servers/redis-permissions';
import { clients } from '@undertone/contracts/servers/who-does-what';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let infrastructure: TestInfrastructure;
let admin: Redis;
beforeAll(async () => {
  infrastructure = await startInfrastructure([]);
  admin = new Redis(infrastructure.redisUrl);
});
afterAll(async () => {
  admin?.disconnect();
  await infrastructure?.stop();
});

/** A key of each pattern that any service has. */
const patterns = [...new Set(Object.values(redisKeys).flatMap(({ writes, reads }) => [...writes, ...reads]))];
const keyOf = (pattern: string): string => infrastructure.redisPrefix + pattern.replace('*', 'x');

/** What the server says of a command: its name, how many words it has, and its commands, if it is a family of them. */
type Command = [name: string, arity: number, ...unknown: unknown[], below: Command[]];
const alsoBelow = (command: Command): Command[] => {
  const below = command[9] as Command[];
  return below.length > 0 ? below : [command];
};

/** Whether Redis lets the connection do it, whatever comes of it. */
const mayDo = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    // The second where a script tries it, the third where nobody may.
    (error: Error) => !/^NOPERM|No permissions|not allowed/.test(error.message),
  );

describe.each(clients)('the credentials of %s', (service) => {
  let redis: Redis;
  beforeAll(() => {
    redis = new Redis(infrastructure.environment(service).REDIS_URL ?? '');
  });
  afterAll(() => redis?.disconnect());

  it('reach its own keys, and no others', async () => {
    const { writes, reads } = redisKeys[service];
    for (const pattern of patterns) {
      const key = keyOf(pattern);
      const writable = writes.includes(pattern);
      const readable = writable || reads.includes(pattern);
      const may = {
        read: await mayDo(redis.get(key)),
        readHash: await mayDo(redis.hget(key, 'x')),
        write: await mayDo(redis.set(key, 'x', 'EX', 1)),
        drop: await mayDo(redis.del(key)),
        script: await mayDo(redis.eval("return redis.call('set', KEYS[1], 'x')", 1, key)),
        undeclared: await mayDo(redis.eval(`return redis.call('get', '${key}')`, 0)),
      };
      expect([pattern, may]).toEqual([
        pattern,
        {
          read: readable,
          readHash: readable,
          write: writable,
          drop: writable,
          script: writable,
          undeclared: readable,
        },
      ]);
    }
  });

  it('reach nothing beside the installation’s own keys', async () => {
    for (const key of ['x', 'undertone:v1:task:x', `other:${infrastructure.redisPrefix}v1:task:x`]) {
      expect(await mayDo(redis.get(key))).toBe(false);
      expect(await mayDo(redis.set(key, 'x'))).toBe(false);
    }
  });

  it('run the commands that services need, and no other that the server has', async () => {
    const { username } = new URL(infrastructure.environment(service).REDIS_URL ?? '');
    // What a connection says before it has told who it is.
    const open = ['auth', 'hello', 'quit', 'reset'];
    const allowed: string[] = [];
    for (const [name, arity] of ((await admin.call('COMMAND')) as Command[]).flatMap(alsoBelow)) {
      const given = name.split('|');
      const filling = Array.from({ length: Math.max(Math.abs(arity) - given.length, 0) }, () => 'x');
      const said = await admin.call('ACL', 'DRYRUN', username, ...given, ...filling).catch(String);
      if (!String(said).includes(`no permissions to run the '${name}`)) allowed.push(name);
    }
    expect(allowed.sort()).toEqual([...redisCommandsOf(service), ...open].sort());
  });

  it.each([
    ['FLUSHALL'],
    ['FLUSHDB'],
    ['CONFIG', 'GET', '*'],
    ['CONFIG', 'SET', 'maxmemory', '1'],
    ['ACL', 'LIST'],
    ['ACL', 'SETUSER', 'me', 'on', 'nopass', 'allkeys', 'allcommands'],
    ['KEYS', '*'],
    ['SCAN', '0'],
    ['RANDOMKEY'],
    ['MONITOR'],
    ['CLIENT', 'LIST'],
    ['CLIENT', 'KILL', 'TYPE', 'normal'],
    ['SCRIPT', 'FLUSH'],
    ['SUBSCRIBE', 'x'],
    ['PUBLISH', 'x', 'y'],
    ['DEBUG', 'SLEEP', '0'],
    ['SAVE'],
    ['SHUTDOWN'],
    ['REPLICAOF', 'NO', 'ONE'],
    ['SWAPDB', '0', '1'],
    ['SELECT', '1'],
  ])('do not run %s', async (command, ...words) => {
    expect(await mayDo(redis.call(command, ...words))).toBe(false);
  });
});

describe('who has no credentials', () => {
  it.each(['', 'gateway:wrong@', ':wrong@', 'nobody:x@'])('is refused: %s', async (who) => {
    const { host } = new URL(infrastructure.redisUrl);
    const redis = new Redis(`redis://${who}${host}`, { lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => undefined);
    const asked = redis.connect().then(() => redis.get('x'));
    await expect(asked).rejects.toThrow();
    redis.disconnect();
  });
});
