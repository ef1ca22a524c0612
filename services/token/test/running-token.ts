import { randomBytes } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import type { RecordedEvent } from '@undertone/contracts/event';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { newId } from '@undertone/platform/ids/ids';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { connectAs } from '@undertone/platform/test-kit/own-database';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import {
  type SpotifySimulator,
  type SpotifySimulatorOptions,
  startSpotifySimulator,
} from '@undertone/simulators/spotify/server';
import { startToken } from '../src/start-token.js';
import type { PersonSecrets } from '../src/vault/person-secrets.js';
import { Vault } from '../src/vault/vault.js';

export const encryptionKey = (): string => randomBytes(32).toString('base64');

/** The token service on servers of its own, with the Spotify simulator behind it. */
export type RunningToken = ServiceUnderTest<RunningService> & {
  readonly simulator: SpotifySimulator;
  readonly encryption: FieldEncryption;
  /** A connection of the service's own role, beside the service. */
  readonly orm: MikroORM;
  /** The person's key, made where there is none, by the service that runs. */
  secretsOf(userId: string): Promise<PersonSecrets>;
  eventsOf(userId: string): Promise<RecordedEvent[]>;
  row(userId: string): Promise<Record<string, unknown>>;
  refreshCalls(): number;
};

export async function runToken(
  options: { otherSchemas?: readonly string[]; simulator?: SpotifySimulatorOptions } = {},
): Promise<RunningToken> {
  const simulator = await startSpotifySimulator({ rotation: 'never', ...options.simulator });
  const key = encryptionKey();
  const token = await ServiceUnderTest.prepare({
    schema: 'token',
    otherSchemas: options.otherSchemas ?? [],
    start: startToken,
    settings: {
      FIELD_ENCRYPTION_KEY: key,
      SPOTIFY_MODE: 'simulator',
      SPOTIFY_ACCOUNTS_URL: simulator.url,
      SPOTIFY_TIMEOUT_SECONDS: '2',
    },
  });
  token.onStop(() => simulator.close());
  await token.start();
  const orm = await connectAs(token.infrastructure, 'token');
  token.onStop(() => orm.close());
  return Object.assign(token, {
    simulator,
    encryption: new FieldEncryption(key),
    orm,
    secretsOf: (userId: string) =>
      token.service
        .get<MikroORM>(MikroORM)
        .em.fork()
        .transactional((em) => token.service.get<Vault>(Vault).secretsOf(em, userId)),
    eventsOf: (userId: string) => token.store.readFiltered('TOKEN', `token.${userId}.>`),
    async row(userId: string) {
      const [row] = await orm.em.execute('select * from vault_entry where user_id = ?', [userId]);
      if (!row) throw new Error('the vault has no such row');
      return row;
    },
    refreshCalls: () => simulator.calls.summary().routes['POST /api/token']?.calls ?? 0,
  });
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
