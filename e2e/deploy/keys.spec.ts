import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nkeys } from '@nats-io/transport-node';
import { streamsApiPrefix } from '@undertone/contracts/servers/nats-accounts';
import { askerName, serviceNames } from '@undertone/contracts/service-name';
import { describe, expect, it } from 'vitest';
import { NATS_API_PREFIX, natsKeys, OPERATOR, redisUsers, SERVICES } from '../../deploy/access.mjs';
import { makeSeed, publicKeyOf } from '../../deploy/nkeys.mjs';

const keys = fileURLToPath(new URL('../../deploy/keys.mjs', import.meta.url));
const run = (folder: string, REDIS_PREFIX?: string) =>
  promisify(execFile)(process.execPath, [keys, folder], { env: { ...process.env, REDIS_PREFIX } });

describe('the keys of an installation', () => {
  it("are what NATS' own library reads", () => {
    for (let time = 0; time < 5; time += 1) {
      const seed = makeSeed();
      const pair = nkeys.fromSeed(new TextEncoder().encode(seed));
      expect(pair.getPublicKey()).toBe(publicKeyOf(seed));
      const words = new TextEncoder().encode('nonce');
      expect(nkeys.fromPublic(publicKeyOf(seed)).verify(words, pair.sign(words))).toBe(true);
    }
    expect(() => publicKeyOf(`${makeSeed().slice(0, -1)}A`.replace('SU', 'SA'))).toThrow('no seed');
  });

  it('are those of every service that there is', () => {
    expect([...SERVICES].sort()).toEqual([...askerName.options].sort());
    expect(NATS_API_PREFIX).toBe(streamsApiPrefix);
  });

  it('show no secret to the servers', () => {
    const seeds = Object.fromEntries([...SERVICES, OPERATOR].map((name) => [name, makeSeed()]));
    const text = natsKeys(seeds);
    for (const [name, seed] of Object.entries(seeds)) {
      expect(text).toContain(`${name.toUpperCase()}_NKEY: ${publicKeyOf(seed)}\n`);
      expect(text).not.toContain(seed);
    }
    const passwords = Object.fromEntries(SERVICES.map((name) => [name, `secret of ${name}`]));
    const users = redisUsers({ prefix: 'mine:', admin: 'secret of all', passwords });
    expect(users).toMatch(/^user default reset on ~\* &\* \+@all #[0-9a-f]{64}\n/);
    expect(users).toContain(' ~mine:v1:task:* ');
    expect(users).not.toMatch(/secret of|\{\{|nopass/);
    for (const prefix of ['', 'a b:', 'mine:* +@all ~', '[a]']) {
      expect(() => redisUsers({ prefix, admin: 'a', passwords })).toThrow('REDIS_PREFIX');
    }
  });

  it('are in a folder that is their maker’s alone, where that is made anew, and are finished after a kill', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'undertone-test-'));
    const folder = join(parent, 'secrets');
    await run(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await rm(join(folder, 'token', 'database-url'));
    await writeFile(join(folder, 'token', 'database-url.new'), 'half', { mode: 0o400 });
    await run(folder);
    expect(await readFile(join(folder, 'token', 'database-url'), 'utf8')).toMatch(/^postgres:/);
    await rm(parent, { recursive: true });
  });

  it('are made once, and what the servers are told of them at every start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'undertone-test-'));
    const all = async () => {
      const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) =>
        file.isFile(),
      );
      const read = files.map(async ({ parentPath, name }) => [
        join(parentPath, name),
        await readFile(join(parentPath, name), 'utf8'),
      ]);
      return Object.fromEntries(await Promise.all(read)) as Record<string, string>;
    };
    await run(folder);
    const made = await all();
    for (const service of askerName.options) {
      expect(made[join(folder, service, 'nats-nkey')]).toMatch(/^SU[A-Z2-7]{56}$/);
      expect(made[join(folder, service, 'redis-url')]).toMatch(
        new RegExp(`^redis://${service}:[0-9a-f]{48}@redis:6379$`),
      );
      const { mode } = await stat(join(folder, service, 'nats-nkey'));
      expect(mode & 0o777).toBe(0o400);
    }
    for (const service of serviceNames) {
      expect(made[join(folder, service, 'database-url')]).toContain(`undertone_${service}:`);
    }
    await rm(join(folder, 'nats', 'users.conf'));
    await writeFile(join(folder, 'nats', 'users.conf'), 'of an older release');
    await run(folder);
    expect(await all()).toEqual(made);
    expect(made[join(folder, 'redis', 'prefix')]).toBe('undertone:');
    await run(folder, 'mine:');
    const changed = await all();
    expect(changed[join(folder, 'redis', 'prefix')]).toBe('mine:');
    expect(changed[join(folder, 'redis', 'users.acl')]).toContain(' ~mine:rate:* ');
  });
});
