import type { NatsConnection } from '@nats-io/transport-node';
import type { ReadCache } from '@undertone/platform/cache/read-cache';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import type { Logger } from '@undertone/platform/logging/logger';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { Redis } from 'ioredis';
import type { WriteKeys } from './http/write-keys.js';
import type { TaskReader } from './tasks/task-reader.js';
import type { KnownUsers } from './users/known-users.js';

/** What the routes stand on. */
export interface GatewayDependencies {
  readonly log: Logger;
  readonly nats: NatsConnection;
  readonly store: EventStore;
  readonly objects: ObjectStorage;
  readonly cache: ReadCache;
  /** Answers at once or not at all. */
  readonly limitsRedis: Redis;
  readonly rpc: RpcClient;
  /** For questions that something else answers, too, when the service is slow. */
  readonly quickRpc: RpcClient;
  readonly users: KnownUsers;
  readonly writeKeys: WriteKeys;
  readonly tasks: TaskReader;
}
