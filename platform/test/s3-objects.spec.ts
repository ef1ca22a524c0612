import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  ObjectMissing,
  ObjectStorageUnavailable,
  ObjectTooLarge,
  type StoredObject,
} from '../src/objects/object-storage.js';
import { openObjectStorage } from '../src/objects/open-object-storage.js';
import { S3ObjectStorage } from '../src/objects/s3-object-storage.js';
import { commonSettings, loadSettings } from '../src/settings/load-settings.js';
import { objectStorageSettings, parseS3Address } from '../src/settings/s3-address.js';
import { type S3Server, startS3 } from './fixtures/s3-server.js';

const MB = 1024 * 1024;
const LIMIT = 64 * MB;

describe('object storage in S3', () => {
  let directory: string;
  let server: S3Server;
  let storage: S3ObjectStorage;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'undertone-s3-'));
    server = await startS3(directory, 'undertone');
    storage = new S3ObjectStorage(parseS3Address(server.address));
  });
  afterAll(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const key of ['large', 'key', 'wrong', 'partial', 'tampered']) await storage.delete(key);
    expect(await bytes()).toBeLessThan(MB);
  });

  /** What the server keeps, parts of unfinished uploads too. */
  async function bytes(): Promise<number> {
    const files = await readdir(directory, { recursive: true, withFileTypes: true });
    const sizes = files
      .filter((file) => file.isFile())
      .map(async (file) => (await stat(join(file.parentPath, file.name))).size);
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }
  const putText = (key: string, text: string) => storage.put(key, Readable.from([Buffer.from(text)]), LIMIT);
  const textOf = async (stream: Readable) => (await buffer(stream)).toString();
  const blocks = (count: number, failure?: Error) =>
    Readable.from(
      (async function* () {
        for (let block = 0; block < count; block += 1) yield randomBytes(MB);
        if (failure) throw failure;
      })(),
      { objectMode: false },
    );

  it('lists what is there by the beginning of its key', async () => {
    const keys = ['plays/ada/1', 'plays/ada/2', 'uploads/ada/3'];
    for (const key of keys) await storage.put(key, Readable.from([Buffer.from(key)]), LIMIT);
    const found: StoredObject[] = [];
    for await (const object of storage.list('plays/')) found.push(object);
    expect(found.map(({ key }) => key).sort()).toEqual(keys.slice(0, 2));
    expect(Math.abs(Date.now() - (found[0]?.storedAt.getTime() ?? 0))).toBeLessThan(60_000);
    for (const key of keys) await storage.delete(key);
  });

  it('gives back 20 MB as they came', async () => {
    const content = randomBytes(20 * MB);
    const reference = await storage.put('large', Readable.from([content]), LIMIT);
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(reference).toEqual({ key: 'large', size: 20 * MB, sha256 });
    expect(content.equals(await buffer(await storage.get(reference)))).toBe(true);
  });

  it('is what the settings name, and its address is checked at start', async () => {
    const load = (address: string) =>
      loadSettings('sample', z.object({ ...commonSettings, ...objectStorageSettings }), {
        PORT: '0',
        NATS_URL: 'nats://127.0.0.1:1',
        REDIS_URL: 'redis://127.0.0.1:1',
        OBJECT_STORAGE_URL: address,
      });
    const nobody = undefined as unknown as NatsConnection;
    const opened = await openObjectStorage(nobody, load(server.address));
    const reference = await putText('key', 'from the other one');
    expect(await textOf(await opened.get(reference))).toBe('from the other one');
    expect(() => load('s3://key:hunter2@host')).toThrow(/OBJECT_STORAGE_URL: has to name one bucket/);
    expect(load('').OBJECT_STORAGE_URL).toBeUndefined();
  });

  it('keeps an empty object', async () => {
    const reference = await storage.put('key', Readable.from([]), LIMIT);
    expect(reference.size).toBe(0);
    expect(await textOf(await storage.get(reference))).toBe('');
  });

  it.each([2, 20])('of %i MB, where less is allowed, leaves nothing', async (size) => {
    const source = blocks(size);
    await expect(storage.put('wrong', source, size * MB - 1)).rejects.toBeInstanceOf(ObjectTooLarge);
    expect(source.destroyed).toBe(true);
    expect(await bytes()).toBeLessThan(MB);
  });

  it.each([2, 20])(
    'of a source that fails after %i MB leaves nothing, and gives its very error',
    async (size) => {
      const failure = new Error('the client went away');
      await expect(storage.put('partial', blocks(size, failure), LIMIT)).rejects.toBe(failure);
      expect(await bytes()).toBeLessThan(MB);
    },
  );

  it('says that an object is missing, or another one', async () => {
    const reference = await putText('key', 'one');
    for (const wrong of [
      { ...reference, key: 'elsewhere' },
      { ...reference, size: 4 },
    ]) {
      await expect(storage.get(wrong)).rejects.toBeInstanceOf(ObjectMissing);
    }
    await putText('key', 'two');
    await expect(textOf(await storage.get(reference))).rejects.toMatchObject({
      code: 'OBJECT_MISSING',
      message: 'object key is not what the reference says',
    });
  });

  it('replaces, deletes, and deletes again', async () => {
    await putText('key', 'one');
    const second = await putText('key', 'two');
    expect(await textOf(await storage.get(second))).toBe('two');
    await storage.delete('key');
    await storage.delete('key');
    await expect(storage.get(second)).rejects.toBeInstanceOf(ObjectMissing);
  });

  it('takes keys with folders, spaces and other scripts', async () => {
    for (const key of ['uploads/a/b', 'a b', 'ü/漢字', 'a%20b', 'a?b#c', "!'()*+&="]) {
      const reference = await putText(key, `under ${key}`);
      expect(await textOf(await storage.get(reference))).toBe(`under ${key}`);
      await storage.delete(key);
    }
  });

  it('refuses another secret', async () => {
    const stranger = new S3ObjectStorage(parseS3Address(server.address.replace('S3RVER:', 'SOMEBODY:')));
    await expect(stranger.put('key', Readable.from([Buffer.from('x')]), 9)).rejects.toBeInstanceOf(
      ObjectStorageUnavailable,
    );
  });

  it('fails, and does not hang, when the server is away', async () => {
    const other = await startS3(directory, 'undertone');
    const away = new S3ObjectStorage(parseS3Address(other.address));
    const reference = await away.put('key', Readable.from([Buffer.from('x')]), 9);
    await other.stop();
    const source = blocks(1);
    await expect(away.put('key', source, LIMIT)).rejects.toBeInstanceOf(ObjectStorageUnavailable);
    expect(source.destroyed).toBe(true);
    await expect(away.get(reference)).rejects.toBeInstanceOf(ObjectStorageUnavailable);
    await expect(away.delete('key')).rejects.toBeInstanceOf(ObjectStorageUnavailable);
  });
});
