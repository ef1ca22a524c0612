import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { streamsAccount } from '@undertone/contracts/servers/nats-accounts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../deploy/move-streams.mjs', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args]);

describe('the streams of an installation from before there were accounts', () => {
  let store: string;
  beforeEach(async () => {
    store = await mkdtemp(join(tmpdir(), 'undertone-test-'));
  });
  afterEach(() => rm(store, { recursive: true }));

  const make = (account: string, stream: string) =>
    mkdir(join(store, 'jetstream', account, 'streams', stream), { recursive: true });
  const streamsOf = (account: string) => readdir(join(store, 'jetstream', account, 'streams'));

  it('are moved once', async () => {
    await run(store);
    await make('$G', 'TOKEN');
    expect((await run(store)).stdout).toContain('moved');
    expect((await run(store)).stdout).toBe('');
    expect(await streamsOf(streamsAccount)).toEqual(['TOKEN']);
  });

  it('stay while a server runs on them', async () => {
    await make('$G', 'TOKEN');
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(run(store, address)).rejects.toThrow('NATS runs on them');
    server.close();
    await once(server, 'close');
    expect(await streamsOf('$G')).toEqual(['TOKEN']);
    expect((await run(store, address)).stdout).toContain('moved');
  });

  it('are not put in the place of others', async () => {
    await make('$G', 'TOKEN');
    await make(streamsAccount, 'JOBS');
    await expect(run(store)).rejects.toThrow('both hold streams');
    expect([await streamsOf('$G'), await streamsOf(streamsAccount)]).toEqual([['TOKEN'], ['JOBS']]);
  });
});
