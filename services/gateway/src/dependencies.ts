import type { ReadCache } from '@undertone/platform/cache/read-cache';
import type { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import type { Logger } from '@undertone/platform/logging/logger';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { AuditLog } from './audit-log/audit-log.js';
import type { Authenticate } from './callers/authenticate.js';
import type { CredentialWatch } from './credentials/credential-watch.js';
import type { SignInDependencies } from './sign-in/sign-in.routes.js';
import type { PersonDependencies } from './tasks/follow-person.js';
import type { TaskDependencies } from './tasks/follow-task.js';
import type { UserDependencies } from './users/users.routes.js';

/** What the routes stand on. */
export interface GatewayDependencies
  extends TaskDependencies,
    PersonDependencies,
    UserDependencies,
    SignInDependencies {
  readonly log: Logger;
  readonly objects: ObjectStorage;
  readonly cache: ReadCache;
  readonly redis: RedisBreaker;
  readonly auditLog: AuditLog;
  readonly authenticate: Authenticate;
  /** Ends open streams with the credential that opened them. */
  readonly credentialWatch: CredentialWatch;
  /** Asks services how they are, for the gateway itself. */
  readonly quickRpc: RpcClient;
}
