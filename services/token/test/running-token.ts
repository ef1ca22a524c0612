import { randomBytes } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { servicePrincipal } from '@undertone/contracts/access/principal';
import type { RecordedEvent } from '@undertone/contracts/event';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { connectAs } from '@undertone/platform/test-kit/own-database';
import { Replicas } from '@undertone/platform/test-kit/replicas';
import {
  type SpotifySimulator,
  type SpotifySimulatorOptions,
  startSpotifySimulator,
} from '@undertone/simulators/spotify/server';
import { startToken } from '../src/start-token.js';

export const encryptionKey = (): string => randomBytes(32).toString('base64');

/** The token service on servers of its own, with the Spotify simulator behind it, asked as other services ask it. */
export interface RunningToken {
  readonly infrastructure: TestInfrastructure;
  readonly simulator: SpotifySimulator;
  readonly environment: Record<string, string>;
  readonly encryption: FieldEncryption;
  readonly store: EventStore;
  /** A connection of the service's own role, beside the service. */
  readonly orm: MikroORM;
  ask<I, O>(definition: RpcDefinition<I, O>, question: I): Promise<O>;
  /** Stops all replicas and starts one, with settings changed where given. */
  restart(changed?: Record<string, string>): Promise<void>;
  addReplica(): Promise<void>;
  stopService(): Promise<void>;
  eventsOf(userId: string): Promise<RecordedEvent[]>;
  row(userId: string): Promise<Record<string, unknown>>;
  refreshCalls(): number;
  stop(): Promise<void>;
}

export async function runToken(
  options: { schemas?: readonly string[]; simulator?: SpotifySimulatorOptions } = {},
): Promise<RunningToken> {
  const simulator = await startSpotifySimulator({ rotation: 'never', ...options.simulator });
  const infrastructure = await startInfrastructure(options.schemas ?? ['token']);
  const environment = {
    ...infrastructure.environment('token'),
    FIELD_ENCRYPTION_KEY: encryptionKey(),
    SPOTIFY_MODE: 'simulator',
    SPOTIFY_ACCOUNTS_URL: simulator.url,
    SPOTIFY_TIMEOUT_SECONDS: '0.5',
  };
  const replicas = new Replicas(startToken, environment);
  await replicas.add();
  const nats = await infrastructure.connect();
  const store = await EventStore.open(nats);
  const rpc = new RpcClient(nats, servicePrincipal('gateway'));
  const orm = await connectAs(infrastructure, 'token');
  return {
    infrastructure,
    simulator,
    environment,
    encryption: new FieldEncryption(environment.FIELD_ENCRYPTION_KEY),
    store,
    orm,
    ask: (definition, question) => rpc.ask(definition, question),
    stopService: () => replicas.stop(),
    async restart(changed = {}) {
      await replicas.restart(changed);
    },
    async addReplica() {
      await replicas.add();
    },
    eventsOf: (userId) => store.readFiltered('TOKEN', `token.${userId}.>`),
    async row(userId) {
      const [row] = await orm.em.execute('select * from vault_entry where user_id = ?', [userId]);
      if (!row) throw new Error('the vault has no such row');
      return row;
    },
    refreshCalls: () => simulator.calls.summary().routes['POST /api/token']?.calls ?? 0,
    async stop() {
      await replicas.stop();
      await orm.close();
      await infrastructure.stop();
      await simulator.close();
    },
  };
}

/** Tokens of a simulated person; they end at once unless told otherwise. */
export const submission = (changed: { expires_in?: number; access_token?: string; scope?: string } = {}) => {
  const name = `listener-${randomBytes(4).toString('hex')}`;
  return {
    user_id: newId(),
    access_token: `sim-access-${name}`,
    refresh_token: `sim-refresh-${name}`,
    expires_in: 30,
    scope: 'user-top-read user-read-recently-played',
    ...changed,
  };
};
