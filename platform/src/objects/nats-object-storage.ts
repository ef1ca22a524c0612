import { Readable } from 'node:stream';
import type { JetStreamManager, StoredMsg } from '@nats-io/jetstream';
import {
  Base64UrlPaddedCodec,
  type ObjectInfo,
  type ObjectStore,
  Objm,
  StorageType,
  setSha256Backend,
} from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
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

// The client hashes what it stores, too; its own implementation is a tenth as fast as Node's.
setSha256Backend('native');

const STREAM = `OBJ_${objectBucket}`;
const NOT_AS_SAID = 'not what the reference says';
/** Milliseconds that the server gets for one chunk. */
const CHUNK_TIMEOUT_MS = 5_000;
/** Chunks that belong to no object are left over when the last of them is this old; writes wait far shorter. */
const LEFTOVER_MS = 60 * 60 * 1000;

/** Objects in a NATS object store bucket; other clients of NATS can read them. */
export class NatsObjectStorage implements ObjectStorage {
  private constructor(
    private readonly bucket: ObjectStore,
    private readonly manager: JetStreamManager,
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

  /**
   * Opens the bucket, and clears what cut-off writes left.
   * @throws {StreamsNotReady} there is none yet.
   */
  static async open(nats: NatsConnection): Promise<NatsObjectStorage> {
    const manager = await jetStreamManagerOf(nats);
    await existing(manager, STREAM);
    const bucket = await new Objm(manager.jetstream()).open(objectBucket, false);
    const storage = new NatsObjectStorage(bucket, manager);
    await storage.removeLeftovers(LEFTOVER_MS);
    return storage;
  }

  async put(key: string, data: Readable, maxBytes: number): Promise<ObjectReference> {
    const bounded = new BoundedSource(data, maxBytes);
    // One chunk is read when the one before it is stored.
    const source = ReadableStream.from(bounded.chunks()) as ReadableStream<Uint8Array>;
    try {
      const name = nameOf(key);
      const before = await this.bucket.info(name);
      await this.bucket.put({ name }, source, {
        timeout: CHUNK_TIMEOUT_MS,
        // Of two that write one key at once, the second one fails; else the chunks of the first would stay for ever.
        previousRevision: before?.revision ?? 0,
      });
    } catch (error) {
      throw bounded.abandon(new ObjectStorageUnavailable(error));
    }
    return { key, size: bounded.measured.size, sha256: bounded.measured.sha256() };
  }

  async get(reference: ObjectReference): Promise<Readable> {
    const { key, size, sha256 } = reference;
    const info = await answered(this.bucket.info(nameOf(key)));
    if (!info || info.deleted) throw new ObjectMissing(key, 'not there');
    if (info.size !== size || info.digest !== digestOf(sha256)) throw new ObjectMissing(key, NOT_AS_SAID);
    return Readable.from(this.chunks(reference, info), { objectMode: false });
  }

  // Not the client's `get`: that takes all chunks as fast as the server sends them, however slowly they are read.
  private async *chunks(
    { key, size, sha256 }: ObjectReference,
    info: ObjectInfo,
  ): AsyncGenerator<Uint8Array> {
    const measured = new Measured();
    const subject = `$O.${objectBucket}.C.${info.nuid}`;
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

  /**
   * Removes chunks that belong to no object: a write that fails because the server is away cannot remove its own.
   * @param idleMs how long ago the last one must have come, because a write in hand has no object yet either.
   */
  async removeLeftovers(idleMs: number): Promise<void> {
    const filter = `$O.${objectBucket}.C.>`;
    const { state } = await this.manager.streams.info(STREAM, { subjects_filter: filter });
    // Listed after the chunks, so that a write that ended in between is known.
    const known = new Set<string>();
    for await (const { info } of this.infos()) known.add(info.nuid);
    for (const subject of Object.keys(state.subjects ?? {})) {
      if (known.has(subject.split('.').at(-1) ?? '')) continue;
      const last = await this.manager.direct.getMessage(STREAM, { last_by_subj: subject });
      if (!last || Date.now() - last.time.getTime() < idleMs) continue;
      await this.overwrite(subject);
    }
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    for await (const { info, storedAt } of this.infos()) {
      const key = decodeURI(info.name);
      if (!info.deleted && key.startsWith(prefix)) yield { key, storedAt };
    }
  }

  // Not the client's `list`, which makes a consumer that stays for minutes.
  private async *infos(): AsyncGenerator<{ info: ObjectInfo; storedAt: Date }> {
    const filter = `$O.${objectBucket}.M.>`;
    const { state } = await answered(this.manager.streams.info(STREAM, { subjects_filter: filter }));
    for (const subject of Object.keys(state.subjects ?? {})) {
      const message = await answered(this.manager.streams.getMessage(STREAM, { last_by_subj: subject }));
      if (message) yield { info: message.json<ObjectInfo>(), storedAt: message.time };
    }
  }

  /** Overwrites it: the server merely forgets what is purged, and its bytes stay on the disk for a while. */
  async delete(key: string): Promise<void> {
    const info = await answered(this.bucket.info(nameOf(key)));
    if (!info) return;
    await this.overwrite(`$O.${objectBucket}.C.${info.nuid}`);
    // What says that it is there goes last: whoever is cut off finds the rest by it. A new one that has come since stays.
    await this.overwriteAt(info.revision);
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

const digestOf = (sha256: string): string =>
  `SHA-256=${Base64UrlPaddedCodec.encode(Buffer.from(sha256, 'hex'))}`;

async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new ObjectStorageUnavailable(error);
  }
}
