import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Base64UrlPaddedCodec, Objm } from '@nats-io/obj';
import { objectBucket } from '@undertone/contracts/streams';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NatsObjectStorage } from '../src/objects/nats-object-storage.js';
import {
  ObjectMissing,
  ObjectStorageUnavailable,
  ObjectTooLarge,
  type StoredObject,
} from '../src/objects/object-storage.js';
import { eventually } from '../src/test-kit/eventually.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';

const MB = 1024 * 1024;
const STREAM = `OBJ_${objectBucket}`;
const LIMIT = 64 * MB;

describe('object storage in NATS', () => {
  let infrastructure: TestInfrastructure;
  let storage: NatsObjectStorage;
  let manager: JetStreamManager;
  beforeAll(async () => {
    infrastructure = await startInfrastructure([]);
    const nats = await infrastructure.connect();
    await NatsObjectStorage.provision(nats, 1);
    storage = await NatsObjectStorage.open(nats);
    manager = await jetstreamManager(nats);
  });
  afterEach(() => manager.streams.purge(STREAM));
  afterAll(() => infrastructure?.stop());

  const messages = async () => (await manager.streams.info(STREAM)).state.messages;
  const bucket = async () => new Objm(jetstream(await infrastructure.connect())).open(objectBucket);
  const putText = (key: string, text: string) => storage.put(key, Readable.from([Buffer.from(text)]), LIMIT);
  const onDisk = async (text: string) => (await infrastructure.nats.files?.())?.includes(text);
  const textOf = async (stream: Readable) => (await buffer(stream)).toString();

  it('is made once, also by many at the same time', async () => {
    const { created } = await manager.streams.info(STREAM);
    const nats = await infrastructure.connect();
    await Promise.all(Array.from({ length: 5 }, () => NatsObjectStorage.provision(nats, 1)));
    expect((await manager.streams.info(STREAM)).created).toBe(created);
  });

  it('gives back 20 MB as they came, and never holds them', async () => {
    const block = randomBytes(MB);
    const hash = createHash('sha256');
    let made = 0;
    let ahead = 0;
    const source = Readable.from(
      (async function* () {
        for (; made < 20; made += 1) {
          hash.update(block);
          yield block;
          const stored = (await manager.streams.info(STREAM)).state.bytes;
          ahead = Math.max(ahead, (made + 1) * MB - stored);
        }
      })(),
      { objectMode: false },
    );
    const reference = await storage.put('large', source, LIMIT);
    expect(reference).toEqual({ key: 'large', size: 20 * MB, sha256: hash.digest('hex') });
    // What was read and is not stored yet.
    expect(ahead).toBeLessThan(4 * MB);

    const back = createHash('sha256');
    for await (const chunk of await storage.get(reference)) back.update(chunk);
    expect(back.digest('hex')).toBe(reference.sha256);
  });

  it('reads no further ahead than its reader', async () => {
    const reference = await storage.put('slow', Readable.from([randomBytes(8 * MB)]), LIMIT);
    const stream = await storage.get(reference);
    const first = await eventually('the first chunk', () => (stream.read() as Buffer | null) ?? undefined);
    expect(first.byteLength).toBeLessThan(MB);
    // A hundred answers of the same server later it would have the rest, if it had asked.
    for (let turn = 0; turn < 100; turn += 1) await manager.streams.info(STREAM);
    expect(stream.readableLength).toBeLessThan(MB / 2);
    stream.destroy();
  });

  it('keeps an empty object', async () => {
    const reference = await storage.put('empty', Readable.from([]), LIMIT);
    expect(reference.size).toBe(0);
    expect(await textOf(await storage.get(reference))).toBe('');
  });

  it('takes as much as is allowed, and of more leaves nothing', async () => {
    await storage.put('right', Readable.from([randomBytes(MB)]), MB);
    await storage.delete('right');
    const source = Readable.from(
      Array.from({ length: 10 }, () => randomBytes(MB)),
      { objectMode: false },
    );
    await expect(storage.put('wrong', source, 5 * MB - 1)).rejects.toBeInstanceOf(ObjectTooLarge);
    expect(source.destroyed).toBe(true);
    expect(await messages()).toBe(0);
  });

  it.each([
    ['fails midway', 3],
    ['fails at once', 0],
  ])('leaves nothing of a source that %s, and gives its very error', async (_, blocks) => {
    const failure = new Error('the client went away');
    const source = Readable.from(
      (async function* () {
        for (let block = 0; block < blocks; block += 1) yield randomBytes(MB);
        throw failure;
      })(),
    );
    await expect(storage.put('partial', source, LIMIT)).rejects.toBe(failure);
    expect(await messages()).toBe(0);
  });

  it('leaves nothing of a source that is destroyed, before or while it is read', async () => {
    const early = new Readable({ read() {} });
    const put = storage.put('early', early, LIMIT);
    early.destroy(new Error('gone'));
    await expect(put).rejects.toThrow('gone');

    const late = new Readable({ read() {} });
    late.push(randomBytes(MB));
    const second = storage.put('late', late, LIMIT);
    await eventually('something was stored', async () => (await messages()) > 0);
    late.destroy();
    await expect(second).rejects.toThrow(/premature/i);
    expect(await messages()).toBe(0);
  });

  it('says that an object is missing, or another one', async () => {
    const reference = await putText('here', 'what was written');
    for (const wrong of [
      { ...reference, key: 'elsewhere' },
      { ...reference, size: reference.size + 1 },
      { ...reference, sha256: '0'.repeat(64) },
    ]) {
      const error = await storage.get(wrong).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ObjectMissing);
    }
  });

  it.each([
    ['changed', Buffer.from('x')],
    ['gone', undefined],
  ])('says at the end that a chunk is %s', async (_, replacement) => {
    const reference = await storage.put('tampered', Readable.from([randomBytes(MB)]), LIMIT);
    const info = await (await bucket()).info('tampered');
    const subject = `$O.${objectBucket}.C.${info?.nuid}`;
    const last = await manager.streams.getMessage(STREAM, { last_by_subj: subject });
    await manager.streams.deleteMessage(STREAM, last?.seq ?? 0);
    if (replacement) await jetstream(await infrastructure.connect()).publish(subject, replacement);
    const stream = await storage.get(reference);
    await expect(buffer(stream)).rejects.toMatchObject({
      code: 'OBJECT_MISSING',
      message: 'object tampered is not what the reference says',
    });
  });

  it('replaces what was under the key, and keeps nothing of it', async () => {
    const first = await putText('key', 'one');
    const second = await putText('key', 'two');
    await expect(storage.get(first)).rejects.toBeInstanceOf(ObjectMissing);
    expect(await textOf(await storage.get(second))).toBe('two');
    expect(await messages()).toBe(2);
  });

  it('keeps what was under the key when its replacement fails', async () => {
    const first = await putText('key', 'one');
    await expect(storage.put('key', Readable.from([randomBytes(10)]), 9)).rejects.toThrow(ObjectTooLarge);
    expect(await textOf(await storage.get(first))).toBe('one');
  });

  it('of many that write one key at once keeps exactly one, and nothing of the others', async () => {
    const puts = await Promise.allSettled(
      Array.from({ length: 8 }, (_, writer) => putText('raced', `writer ${writer}`)),
    );
    const kept = puts.flatMap((put) => (put.status === 'fulfilled' ? [put.value] : []));
    expect(kept.length).toBeGreaterThan(0);
    const texts = await Promise.allSettled(
      kept.map(async (reference) => textOf(await storage.get(reference))),
    );
    expect(texts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await messages()).toBe(2);
  });

  it('deletes, and deletes again, and leaves nothing', async () => {
    const reference = await putText('deleted', 'gone soon');
    await storage.delete('deleted');
    expect(await messages()).toBe(0);
    await storage.delete('deleted');
    await storage.delete('never there');
    await expect(storage.get(reference)).rejects.toBeInstanceOf(ObjectMissing);
    expect(await textOf(await storage.get(await putText('deleted', 'back again')))).toBe('back again');
  });

  it('overwrites what it deletes, on the disk too, and nothing beside it', async () => {
    await putText('kept', 'this canary stays');
    const half = Buffer.from('a canary that is to go, '.repeat(MB / 20));
    await storage.put('key-of-a-canary', Readable.from([half, half]), LIMIT);
    expect(await onDisk('canary that is to go')).toBe(true);
    await storage.delete('key-of-a-canary');
    expect(await onDisk('canary that is to go')).toBe(false);
    expect(await onDisk('"name":"key-of-a-canary"')).toBe(false);
    expect(await onDisk('this canary stays')).toBe(true);
  });

  it('overwrites what a write that fails has stored, before it says so', async () => {
    // In a file that is all purged the server would keep nothing.
    await putText('kept', 'beside it');
    const source = new Readable({ read() {} });
    source.push('a canary that is cut off, '.repeat(MB / 20));
    const put = storage.put('key-that-is-cut-off', source, LIMIT).catch((error: unknown) => error);
    await eventually('it is on the disk', () => onDisk('canary that is cut off'));
    const failure = new Error('the client hung up');
    source.destroy(failure);
    expect(await put).toBe(failure);
    expect(await onDisk('canary that is cut off')).toBe(false);
    expect(await onDisk('"name":"key-that-is-cut-off"')).toBe(false);
  });

  it('overwrites what it replaces', async () => {
    await putText('replaced', 'a canary that is replaced');
    expect(await onDisk('canary that is replaced')).toBe(true);
    await putText('replaced', 'another one');
    expect(await onDisk('canary that is replaced')).toBe(false);
  });

  describe('of a process that was killed while it wrote', () => {
    /** Begins a write that never ends, and takes its connection away. */
    async function killedWrite(key: string, text: string): Promise<void> {
      const nats = await infrastructure.connect();
      const killed = await NatsObjectStorage.open(nats);
      const source = new Readable({ read() {} });
      source.push(text.repeat(Math.ceil(MB / text.length)));
      const put = killed.put(key, source, LIMIT).catch(() => undefined);
      // Its eight whole chunks; nothing is on its way then.
      const chunks = { subjects_filter: `$O.${objectBucket}.C.>` };
      await eventually('all of it is stored', async () => {
        const { state } = await manager.streams.info(STREAM, chunks);
        return Object.values(state.subjects ?? {}).includes(8);
      });
      await nats.close();
      source.destroy();
      await put;
    }
    const keysOf = async (prefix: string) => {
      const keys: string[] = [];
      for await (const { key } of storage.list(prefix)) keys.push(key);
      return keys;
    };

    it('finds by its key what is there, and overwrites it', async () => {
      await killedWrite('uploads/ada/1', 'a canary of a killed process, ');
      expect(await onDisk('canary of a killed process')).toBe(true);
      const missing = { key: 'uploads/ada/1', size: 0, sha256: createHash('sha256').digest('hex') };
      await expect(storage.get(missing)).rejects.toBeInstanceOf(ObjectMissing);
      expect(await keysOf('uploads/ada/')).toEqual(['uploads/ada/1']);
      await storage.delete('uploads/ada/1');
      expect(await keysOf('uploads/ada/')).toEqual([]);
      expect(await onDisk('canary of a killed process')).toBe(false);
      expect(await messages()).toBe(0);
    });

    it('overwrites it when no write can be in hand any more, and keeps what was under its key', async () => {
      const kept = await putText('uploads/ada/2', 'kept');
      await killedWrite('uploads/ada/2', 'a canary that idles, ');
      const left = await messages();
      await storage.removeLeftovers();
      expect(await messages()).toBe(left);
      expect(await textOf(await storage.get(kept))).toBe('kept');
      await storage.removeLeftovers(0);
      expect(await onDisk('canary that idles')).toBe(false);
      expect(await textOf(await storage.get(kept))).toBe('kept');
      expect(await messages()).toBe(2);
    });

    it('overwrites chunks that are nobody’s', async () => {
      await putText('kept', 'beside it');
      await killedWrite('uploads/ada/3', 'a canary of nobody, ');
      const entry = Base64UrlPaddedCodec.encode('uploads/ada/3');
      await manager.streams.purge(STREAM, { filter: `$O.${objectBucket}.M.${entry}` });
      await storage.removeLeftovers(0);
      expect(await onDisk('canary of nobody')).toBe(false);
      expect(await messages()).toBe(2);
    });
  });

  it('stores no more of a write whose key was deleted meanwhile', async () => {
    const source = new Readable({ read() {} });
    source.push(randomBytes(MB));
    const put = storage.put('uploads/ada/4', source, LIMIT).catch((error: unknown) => error);
    await eventually('some of it is stored', async () => (await messages()) > 4);
    await storage.delete('uploads/ada/4');
    source.push(randomBytes(MB));
    expect(await put).toBeInstanceOf(ObjectStorageUnavailable);
    expect(source.destroyed).toBe(true);
    expect(await messages()).toBe(0);
  });

  it('lists what is there by the beginning of its key', async () => {
    await putText('plays/ada/1', 'one');
    await putText('plays/öre/2', 'two');
    await putText('uploads/ada/3', 'three');
    await putText('plays/gone', 'four');
    await storage.delete('plays/gone');
    const found: StoredObject[] = [];
    for await (const object of storage.list('plays/')) found.push(object);
    expect(found.map(({ key }) => key).sort()).toEqual(['plays/ada/1', 'plays/öre/2']);
    expect(Math.abs(Date.now() - (found[0]?.storedAt.getTime() ?? 0))).toBeLessThan(60_000);
  });

  it('leaves no consumer behind', async () => {
    await storage.get(await putText('key', 'here'));
    await storage.removeLeftovers(0);
    expect((await manager.streams.info(STREAM)).state.consumer_count).toBe(0);
  });

  it('takes a key of any characters', async () => {
    const keys = ['a b', 'ü/漢字/🎧', '*.>', 'a%20b', '../up', 'a?b#c', '\u0000', 'x'.repeat(500)];
    const references = await Promise.all(keys.map((key) => putText(key, `under ${key}`)));
    for (const reference of references) {
      expect(await textOf(await storage.get(reference))).toBe(`under ${reference.key}`);
    }
    for (const key of keys) await storage.delete(key);
    expect(await messages()).toBe(0);
  });

  it('fails, and does not hang, when the server dies midway, and works on when it is back', async () => {
    const reference = await storage.put('before', Readable.from([randomBytes(8 * MB)]), LIMIT);
    const reading = await storage.get(reference);
    await eventually('the first chunk', () => (reading.read() as Buffer | null) !== null);
    const endless = Readable.from(
      (async function* () {
        for (;;) yield randomBytes(MB);
      })(),
      { objectMode: false },
    );
    const writing = storage.put('during', endless, 1024 * MB).catch((error: unknown) => error);
    await eventually('it is writing', async () => (await messages()) > 80);
    await infrastructure.nats.kill();
    const unavailable = expect.any(ObjectStorageUnavailable);
    // At once, because each of them waits for its own time to be over.
    const asked = [buffer(reading), storage.get(reference), storage.delete('before')];
    const failed = await Promise.all([writing, ...asked.map((one) => one.catch((error: unknown) => error))]);
    expect(failed).toEqual([unavailable, unavailable, unavailable, unavailable]);
    expect(endless.destroyed).toBe(true);
    await infrastructure.nats.restart();
    await eventually('it takes objects again', async () => {
      const kept = await putText('after', 'back').catch(() => undefined);
      return kept !== undefined && (await textOf(await storage.get(kept))) === 'back';
    });
    // What the cut-off write left; a write in hand would look the same, were it not for its age.
    const left = await messages();
    await storage.removeLeftovers(60 * 60 * 1000);
    expect(await messages()).toBe(left);
    await storage.removeLeftovers(0);
    expect(await messages()).toBeLessThan(left);
    expect((await buffer(await storage.get(reference))).byteLength).toBe(8 * MB);
    for (const key of ['before', 'after']) await storage.delete(key);
    expect(await messages()).toBe(0);
  }, 90_000);
});
