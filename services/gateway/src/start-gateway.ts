import { servicePrincipal } from '@undertone/contracts/access/principal';
import { streamsOf } from '@undertone/contracts/servers/nats-permissions';
import { openRedis } from '@undertone/platform/cache/open-redis';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { waitForJetStream } from '@undertone/platform/event-store/wait-for-jetstream';
import { createLogger } from '@undertone/platform/logging/logger';
import { connectNats } from '@undertone/platform/nats/connect';
import { streamsReady } from '@undertone/platform/nats/streams-ready';
import { openObjectStorage } from '@undertone/platform/objects/open-object-storage';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { idleSettings } from '@undertone/platform/settings/earlier-settings';
import { AuditLog } from './audit-log/audit-log.js';
import type { Authenticate } from './callers/authenticate.js';
import { authenticateAccounts } from './credentials/authenticate-accounts.js';
import { CredentialWatch } from './credentials/credential-watch.js';
import { openCredentials } from './credentials/open-credentials.js';
import { buildGateway } from './gateway.js';
import { WriteKeys } from './idempotency/write-keys.js';
import { everybodyIsLocalOperator } from './open-mode/local-operator.js';
import { type GatewaySettings, isReachedWithoutTls } from './settings.js';
import { RecentJobs } from './tasks/recent-jobs.js';
import { TaskReader } from './tasks/task-reader.js';
import { KnownUsers } from './users/known-users.js';

/** A restart of the server is waited for; longer than that a client had better ask again. */
const APPEND_LIMITS = { tryMs: 2_000, totalMs: 8_000 };
const QUICK_MS = 1_500;

export interface RunningGateway {
  readonly url: string;
  /** Takes nothing new, ends what runs, closes every connection. */
  close(): Promise<void>;
}

/**
 * Connects to NATS and Redis and serves; the services behind it may come later.
 * @param authenticate says who makes a request; of `AUTH_MODE` by default.
 */
export async function startGateway(
  settings: GatewaySettings,
  authenticate?: Authenticate,
): Promise<RunningGateway> {
  const log = createLogger('gateway', settings.LOG_LEVEL);
  const isOpen = settings.AUTH_MODE === 'open';
  if (isOpen) {
    log.warn(
      'SIGN-IN IS OFF (AUTH_MODE=open): whoever reaches this port acts for every user. Keep it on this machine.',
    );
  }
  if (isReachedWithoutTls(settings)) {
    log.warn(
      { host: settings.HOST, public_url: settings.PUBLIC_URL },
      'PEOPLE MAY SIGN IN WITHOUT TLS: others reach HOST, and PUBLIC_URL is for this machine alone. Set PUBLIC_URL to the https:// address of a proxy in front, or HOST to 127.0.0.1.',
    );
  }
  const idle = idleSettings(process.env, settings);
  if (idle) log.warn(idle);
  const nats = await connectNats(settings, 'gateway', log);
  const redis = openRedis(settings, 'gateway', log);
  const store = await EventStore.open(nats, APPEND_LIMITS);
  await waitForJetStream(log, () => streamsReady(store.manager, streamsOf('gateway')));
  const objects = await waitForJetStream(log, () => openObjectStorage(nats, settings));

  const cache = new ReadCache(redis, log);
  const gateway = servicePrincipal('gateway');
  const credentials = openCredentials(new RpcClient(nats, gateway), redis, settings.PUBLIC_URL);
  const auditLog = new AuditLog(await EventStore.open(nats, AuditLog.limits), log);
  const app = await buildGateway(
    {
      log,
      nats,
      store,
      objects,
      cache,
      redis,
      auditLog,
      ...credentials,
      authenticate: authenticate ?? (isOpen ? everybodyIsLocalOperator : authenticateAccounts(credentials)),
      credentialWatch: new CredentialWatch(log, credentials.revocations),
      rpc: (caller) => new RpcClient(nats, caller),
      quickRpc: new RpcClient(nats, gateway, QUICK_MS),
      users: new KnownUsers(new RpcClient(nats, gateway), Date.now),
      writeKeys: new WriteKeys(redis, log),
      recentJobs: new RecentJobs(nats, store, log),
      tasks: new TaskReader(cache, (caller) => new RpcClient(nats, caller, QUICK_MS), store),
    },
    settings,
  );
  const url = await app.listen({ host: settings.HOST, port: settings.PORT });
  log.info({ url }, 'ready');

  const stop = async () => {
    await app.close();
    await auditLog.close();
    await redis.disconnect();
    // Not drained: every request has its answer by now, and a drain would wait for a server that is gone.
    await nats.close();
    log.info('stopped');
  };
  let stopped: Promise<void> | undefined;
  return {
    url,
    close: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
