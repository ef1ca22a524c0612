import type { NatsConnection } from '@nats-io/transport-node';
import type { S3Address } from '../settings/s3-address.js';
import { NatsObjectStorage } from './nats-object-storage.js';
import type { ObjectStorage } from './object-storage.js';

export interface StorageSettings {
  readonly OBJECT_STORAGE_URL?: S3Address | undefined;
}

/** The storage that the settings name: a bucket of an S3 server, or else NATS, which is there anyway. */
export async function openObjectStorage(
  nats: NatsConnection,
  settings: StorageSettings,
): Promise<ObjectStorage> {
  const { OBJECT_STORAGE_URL } = settings;
  if (OBJECT_STORAGE_URL === undefined) return NatsObjectStorage.open(nats);
  // Amazon's client takes a while to load, and most installations need none.
  const { S3ObjectStorage } = await import('./s3-object-storage.js');
  return new S3ObjectStorage(OBJECT_STORAGE_URL);
}
