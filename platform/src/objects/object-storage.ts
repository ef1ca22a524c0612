import type { Readable } from 'node:stream';
import type { ObjectReference } from '@undertone/contracts/object-reference';

/** More bytes came than were allowed; nothing was kept. */
export class ObjectTooLarge extends Error {
  readonly code = 'OBJECT_TOO_LARGE';
  constructor(readonly maxBytes: number) {
    super(`the object is larger than ${maxBytes} bytes`);
    this.name = 'ObjectTooLarge';
  }
}

/** The storage has no such object, or another one under its key. */
export class ObjectMissing extends Error {
  readonly code = 'OBJECT_MISSING';
  constructor(key: string, reason: string) {
    super(`object ${key} is ${reason}`);
    this.name = 'ObjectMissing';
  }
}

/** The storage did not take or give what was asked in time; the same may be tried again. */
export class ObjectStorageUnavailable extends Error {
  readonly code = 'OBJECT_STORAGE_UNAVAILABLE';
  constructor(cause: unknown) {
    super('object storage does not answer', { cause });
    this.name = 'ObjectStorageUnavailable';
  }
}

/** An object that is there, or part of one, and when it came; of one that is being written, when its last part came. */
export interface StoredObject {
  readonly key: string;
  readonly storedAt: Date;
}

/** Where large things are kept; events and jobs hold references to them. Data is streamed, never held whole. */
export interface ObjectStorage {
  /**
   * Keeps what the stream gives under the key; the same key again replaces it, so what others may be reading, or a worker
   * that was frozen may write late, needs a key that is used once. A stream that fails leaves nothing, and
   * its error is thrown. The stream is destroyed when this fails.
   * @throws {ObjectTooLarge}
   * @throws {ObjectStorageUnavailable}
   */
  put(key: string, data: Readable, maxBytes: number): Promise<ObjectReference>;
  /**
   * @throws {ObjectMissing} when it is not there, or (while reading) when it is not what the reference says.
   * @throws {ObjectStorageUnavailable} also while reading.
   */
  get(reference: ObjectReference): Promise<Readable>;
  /**
   * Deleting what is not there is nothing. A write of the key that is in hand fails.
   * @throws {ObjectStorageUnavailable}
   */
  delete(key: string): Promise<void>;
  /**
   * Removes what writes left whose process was killed, once it is so old that none of them can be in hand.
   * @throws {ObjectStorageUnavailable}
   */
  removeLeftovers(): Promise<void>;
  /**
   * The objects whose keys begin so (in NATS also those that are being written or were cut off), in no order; what comes or goes meanwhile may be among them.
   * @throws {ObjectStorageUnavailable}
   */
  list(prefix: string): AsyncIterable<StoredObject>;
}
