import type { NatsConnection } from '@nats-io/transport-node';
import type { Principal } from '@undertone/contracts/access/principal';
import type { ReadCache } from '@undertone/platform/cache/read-cache';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import type { Logger } from '@undertone/platform/logging/logger';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { Redis } from 'ioredis';
import type { Authenticate } from './callers/authenticate.js';
import type { WriteKeys } from './idempotency/write-keys.js';
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
  readonly authenticate: Authenticate;
  /** Asks services for a caller. */
  readonly rpc: (caller: Principal) => RpcClient;
  /** Asks services how they are, for the gateway itself. */
  readonly quickRpc: RpcClient;
  readonly users: KnownUsers;
  readonly writeKeys: WriteKeys;
  readonly tasks: TaskReader;
}
