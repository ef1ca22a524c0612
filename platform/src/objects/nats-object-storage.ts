import { Readable } from 'node:stream';
import type { JetStreamClient, JetStreamManager, StoredMsg } from '@nats-io/jetstream';
import { Base64UrlPaddedCodec, type ObjectInfo, Objm, StorageType } from '@nats-io/obj';
import { type NatsConnection, nuid } from '@nats-io/transport-node';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import { objectBucket } from '@undertone/contracts/streams';
import { jetStreamManagerOf } from '../nats/jetstream.js';
import { existing } from '../nats/streams-ready.js';
import { BoundedSource, Measured } from './bounded-source.js';
import {
  ObjectMissing,
  type ObjectStorage,
  ObjectStorageUnavailable,
  type StoredObject,
} from './object-storage.js';

const STREAM = `OBJ_${objectBucket}`;
const NOT_AS_SAID = 'not what the reference says';
/** Milliseconds that the server gets for one chunk. */
const CHUNK_TIMEOUT_MS = 5_000;
/** Bytes of a chunk; fewer where the server takes no message of that size. */
const CHUNK_BYTES = 128 * 1024;
/** A write that has stored nothing for so long has ended: an upload has a quarter of an hour in all, the others seconds for each piece. */
const LEFTOVER_MS = 30 * 60 * 1000;

/** What a message of the bucket says of a key: an object, or (with `deleted`, as others of NATS' clients read it) a write in hand. */
interface Entry {
  readonly seq: number;
  readonly time: Date;
  readonly info: Pick<ObjectInfo, 'name' | 'nuid' | 'size' | 'chunks' | 'digest' | 'deleted'>;
}

/**
 * Objects in a NATS object store bucket; other clients of NATS can read them. A write begins with an entry under its key, and the
 * server takes a chunk only while that entry is the key's last one: so each chunk is found by its key, also when its writer was killed,
 * and nobody goes on writing what was deleted. Whatever goes is overwritten; the client's own `put` would purge it.
 */
export class NatsObjectStorage implements ObjectStorage {
  private constructor(
    private readonly client: JetStreamClient,
    private readonly manager: JetStreamManager,
    private readonly chunkBytes: number,
  ) {}

  /** Makes the bucket where it is not there yet, and gives it its replicas. */
  static async provision(nats: NatsConnection, replicas: number): Promise<void> {
    const manager = await jetStreamManagerOf(nats);
    await new Objm(manager.jetstream()).create(objectBucket, {
      description: 'Uploads and normalised imports; events hold references to them.',
      storage: StorageType.File,
      replicas,
    });
    const { config } = await manager.streams.info(STREAM);
    if (config.num_replicas !== replicas) {
      await manager.streams.update(STREAM, { ...config, num_replicas: replicas });
    }
  }

  /** @throws {StreamsNotReady} there is no bucket yet. */
  static async open(nats: NatsConnection): Promise<NatsObjectStorage> {
    const manager = await jetStreamManagerOf(nats);
    await existing(manager, STREAM);
    // A message's headers, which have the key, count as well.
    const chunkBytes = Math.min(CHUNK_BYTES, Math.floor((nats.info?.max_payload ?? CHUNK_BYTES) / 2));
    return new NatsObjectStorage(manager.jetstream(), manager, chunkBytes);
  }

  async put(key: string, data: Readable, maxBytes: number): Promise<ObjectReference> {
    const source = new BoundedSource(data, maxBytes);
    const id = nuid.next();
    try {
      return await this.write(key, id, source);
    } catch (error) {
      const failure = source.abandon(new ObjectStorageUnavailable(error));
      // Where the server is away its entry stays, and whoever deletes the key or what is left over finds the chunks by it.
      await this.clear(entriesOf(key), ({ info }) => info.nuid === id).catch(() => undefined);
      throw failure;
    }
  }

  private async write(key: string, id: string, source: BoundedSource): Promise<ObjectReference> {
    const subject = entriesOf(key);
    const entry = {
      bucket: objectBucket,
      name: nameOf(key),
      nuid: id,
      options: { max_chunk_size: this.chunkBytes },
    };
    const timeout = CHUNK_TIMEOUT_MS;
    const begun = JSON.stringify({ ...entry, size: 0, chunks: 0, deleted: true });
    const { seq } = await this.client.publish(subject, begun, { timeout });
    const expect = { lastSubjectSequence: seq, lastSubjectSequenceSubject: subject };
    let chunks = 0;
    for await (const chunk of inChunks(source.chunks(), this.chunkBytes)) {
      // One is read when the one before it is stored.
      await this.client.publish(chunksOf(id), chunk, { timeout, expect });
      chunks += 1;
    }
    const { size } = source.measured;
    const sha256 = source.measured.sha256();
    const digest = digestOf(sha256);
    const ended = JSON.stringify({ ...entry, size, chunks, digest, mtime: new Date().toISOString() });
    const kept = await this.client.publish(subject, ended, {
      timeout,
      // Of two that write one key at once, the one that began first fails.
      expect: { lastSubjectSequence: seq },
    });
    // It is kept, whatever becomes of what it replaced.
    await this.clear(subject, (before) => before.seq < kept.seq).catch(() => undefined);
    return { key, size, sha256 };
  }

  async get(reference: ObjectReference): Promise<Readable> {
    const { key, size, sha256 } = reference;
    const info = await answered(this.find(key));
    if (!info) throw new ObjectMissing(key, 'not there');
    if (info.size !== size || info.digest !== digestOf(sha256)) throw new ObjectMissing(key, NOT_AS_SAID);
    return Readable.from(this.chunks(reference, info), { objectMode: false });
  }

  private async find(key: string): Promise<Entry['info'] | undefined> {
    const subject = entriesOf(key);
    const last = await this.last(subject);
    if (!last?.info.deleted) return last?.info;
    // Somebody is writing the key anew.
    return (await this.entries(subject)).findLast(({ info }) => !info.deleted)?.info;
  }

  // Not the client's `get`: that takes all chunks as fast as the server sends them, however slowly they are read.
  private async *chunks(
    { key, size, sha256 }: ObjectReference,
    info: Entry['info'],
  ): AsyncGenerator<Uint8Array> {
    const measured = new Measured();
    const subject = chunksOf(info.nuid);
    let next = 1;
    for (let chunk = 0; chunk < info.chunks; chunk += 1) {
      const message = await answered(this.chunkFrom(next, subject));
      if (!message) throw new ObjectMissing(key, NOT_AS_SAID);
      next = message.seq + 1;
      measured.add(message.data);
      yield message.data;
    }
    if (measured.size !== size || measured.sha256() !== sha256) throw new ObjectMissing(key, NOT_AS_SAID);
  }

  private async chunkFrom(seq: number, subject: string): Promise<StoredMsg | null> {
    const query = { seq, next_by_subj: subject };
    // Any replica answers the first question, also one that has not got the chunk yet; the leader has it.
    return (
      (await this.manager.direct.getMessage(STREAM, query)) ??
      (await this.manager.streams.getMessage(STREAM, query))
    );
  }

  async removeLeftovers(idleMs = LEFTOVER_MS): Promise<void> {
    const isIdle = ({ time }: { readonly time: Date }) => Date.now() - time.getTime() >= idleMs;
    // Listed before the entries, which come before their chunks.
    const stored = await this.subjects('C');
    const owned = new Set<string>();
    for (const subject of await this.subjects('M')) {
      const left = new Set<number>();
      for (const entry of await answered(this.entries(subject))) {
        owned.add(chunksOf(entry.info.nuid));
        if (entry.info.deleted && isIdle(await this.grown(entry))) left.add(entry.seq);
      }
      if (left.size > 0) await this.clear(subject, ({ seq }) => left.has(seq));
    }
    // Nobody's: whoever cleared their entry was cut off, or the writer of an earlier version.
    for (const subject of stored) {
      if (owned.has(subject)) continue;
      const last = await answered(this.manager.streams.getMessage(STREAM, { last_by_subj: subject }));
      if (last && isIdle(last)) await this.overwrite(subject);
    }
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    // Not the client's `list`, which makes a consumer that stays for minutes.
    for (const subject of await this.subjects('M')) {
      const entry = await answered(this.last(subject));
      const key = decodeURI(entry?.info.name ?? '');
      if (entry && key.startsWith(prefix)) yield { key, storedAt: (await this.grown(entry)).time };
    }
  }

  async delete(key: string): Promise<void> {
    await this.clear(entriesOf(key), () => true);
  }

  private async subjects(kind: 'C' | 'M'): Promise<string[]> {
    const subjects_filter = `$O.${objectBucket}.${kind}.>`;
    const { state } = await answered(this.manager.streams.info(STREAM, { subjects_filter }));
    return Object.keys(state.subjects ?? {});
  }

  /** Of a write in hand its last chunk, if there is one yet. */
  private async grown(entry: Entry): Promise<{ readonly time: Date }> {
    if (!entry.info.deleted) return entry;
    const query = { last_by_subj: chunksOf(entry.info.nuid) };
    return (await answered(this.manager.streams.getMessage(STREAM, query))) ?? entry;
  }

  private async last(subject: string): Promise<Entry | undefined> {
    const message = await this.manager.streams.getMessage(STREAM, { last_by_subj: subject });
    return message ? entryOf(message) : undefined;
  }

  private async entries(subject: string): Promise<Entry[]> {
    const found: Entry[] = [];
    for (let seq = 1; ; ) {
      const query = { seq, next_by_subj: subject };
      const message = await this.manager.streams.getMessage(STREAM, query);
      if (!message) return found;
      found.push(entryOf(message));
      seq = message.seq + 1;
    }
  }

  /** Overwrites entries that are there by now, and their chunks: the server merely forgets what is purged, and its bytes stay on the disk. */
  private async clear(subject: string, isToGo: (entry: Entry) => boolean): Promise<void> {
    const entries = await answered(this.entries(subject));
    const going = entries.filter(isToGo);
    const staying = new Set(entries.filter((entry) => !going.includes(entry)).map(({ info }) => info.nuid));
    for (const { seq, info } of going) {
      const chunks = staying.has(info.nuid) ? undefined : chunksOf(info.nuid);
      // By its entry whoever is cut off here finds the rest; without it no more can come, but some may have come until then.
      if (chunks) await this.overwrite(chunks);
      await this.overwriteAt(seq);
      if (chunks) await this.overwrite(chunks);
    }
  }

  private async overwrite(subject: string): Promise<void> {
    for (let seq = 1; ; ) {
      const query = { seq, next_by_subj: subject };
      const message = await answered(this.manager.streams.getMessage(STREAM, query));
      if (!message) return;
      await this.overwriteAt(message.seq);
      seq = message.seq + 1;
    }
  }

  private async overwriteAt(seq: number): Promise<void> {
    await answered(
      this.manager.streams.deleteMessage(STREAM, seq, true).catch(async (error: unknown) => {
        // Somebody else did it meanwhile.
        if ((await this.manager.streams.getMessage(STREAM, { seq })) !== null) throw error;
      }),
    );
  }
}

// The client's encoding of names knows no characters beyond Latin-1.
const nameOf = (key: string): string => encodeURI(key);

const entriesOf = (key: string): string => `$O.${objectBucket}.M.${Base64UrlPaddedCodec.encode(nameOf(key))}`;

const chunksOf = (id: string): string => `$O.${objectBucket}.C.${id}`;

const entryOf = (message: StoredMsg): Entry => ({
  seq: message.seq,
  time: message.time,
  info: message.json<Entry['info']>(),
});

/** The same bytes in pieces of one size, of which each may be used until the next one is asked for. */
async function* inChunks(data: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(bytes);
  let filled = 0;
  for await (const block of data) {
    for (let taken = 0; taken < block.byteLength; ) {
      const part = block.subarray(taken, taken + bytes - filled);
      chunk.set(part, filled);
      taken += part.byteLength;
      filled += part.byteLength;
      if (filled < bytes) continue;
      yield chunk;
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

const digestOf = (sha256: string): string =>
  `SHA-256=${Base64UrlPaddedCodec.encode(Buffer.from(sha256, 'hex'))}`;

async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new ObjectStorageUnavailable(error);
  }
}
