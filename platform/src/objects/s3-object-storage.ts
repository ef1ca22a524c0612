import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import type { S3Address } from '../settings/s3-address.js';
import { BoundedSource, Measured } from './bounded-source.js';
import {
  ObjectMissing,
  type ObjectStorage,
  ObjectStorageUnavailable,
  type StoredObject,
} from './object-storage.js';

const NOT_AS_SAID = 'not what the reference says';
/** Parts of 5 MB, the smallest that S3 takes, of which this many are held while they are sent. */
const PARTS_AT_ONCE = 2;
const CONNECT_MS = 5_000;
const IDLE_MS = 15_000;

/** Objects in a bucket of any server that speaks S3; the bucket has to be there. */
export class S3ObjectStorage implements ObjectStorage {
  private readonly client: S3Client;

  constructor(private readonly address: S3Address) {
    const { endpoint, region, credentials } = address;
    this.client = new S3Client({
      endpoint,
      region,
      ...(credentials && { credentials }),
      // Servers other than Amazon's have neither a name for each bucket nor the newer checksums.
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS },
    });
  }

  async put(key: string, data: Readable, maxBytes: number): Promise<ObjectReference> {
    const bounded = new BoundedSource(data, maxBytes);
    try {
      const params = { Bucket: this.address.bucket, Key: key, Body: Readable.from(bounded.chunks()) };
      // Its parts are removed again when it fails.
      await new Upload({ client: this.client, params, queueSize: PARTS_AT_ONCE }).done();
    } catch (error) {
      throw bounded.abandon(new ObjectStorageUnavailable(error));
    }
    return { key, size: bounded.measured.size, sha256: bounded.measured.sha256() };
  }

  async get(reference: ObjectReference): Promise<Readable> {
    const { key } = reference;
    const { Body, ContentLength } = await this.found(key);
    if (!(Body instanceof Readable)) throw new ObjectMissing(key, 'not there');
    const body = Body;
    if (ContentLength !== reference.size) {
      body.destroy();
      throw new ObjectMissing(key, NOT_AS_SAID);
    }
    const stream = Readable.from(checked(body, reference), { objectMode: false });
    // Also when nothing of it was read.
    stream.once('close', () => body.destroy());
    return stream;
  }

  private async found(key: string) {
    try {
      return await this.client.send(new GetObjectCommand({ Bucket: this.address.bucket, Key: key }));
    } catch (error) {
      if (error instanceof NoSuchKey) throw new ObjectMissing(key, 'not there');
      throw new ObjectStorageUnavailable(error);
    }
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    const pages = paginateListObjectsV2(
      { client: this.client },
      { Bucket: this.address.bucket, Prefix: prefix },
    );
    for await (const { Contents = [] } of heard(pages)) {
      for (const { Key: key, LastModified: storedAt } of Contents) {
        if (key && storedAt) yield { key, storedAt };
      }
    }
  }

  /** The bucket's own rule for unfinished uploads does it (`AbortIncompleteMultipartUpload`). */
  async removeLeftovers(): Promise<void> {}

  async delete(key: string): Promise<void> {
    try {
      await this.client.send(new DeleteObjectCommand({ Bucket: this.address.bucket, Key: key }));
    } catch (error) {
      // Amazon's own says nothing when there is no such object; others do.
      if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return;
      throw new ObjectStorageUnavailable(error);
    }
  }
}

/** The client's errors as the storage's. */
async function* heard<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    throw new ObjectStorageUnavailable(error);
  }
}

async function* checked(body: Readable, { key, size, sha256 }: ObjectReference): AsyncGenerator<Uint8Array> {
  const measured = new Measured();
  body.on('error', () => undefined);
  const chunks = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await chunks.next().catch((error: unknown) => {
      throw new ObjectStorageUnavailable(error);
    });
    if (done) break;
    measured.add(value);
    yield value;
  }
  if (measured.size !== size || measured.sha256() !== sha256) throw new ObjectMissing(key, NOT_AS_SAID);
}
