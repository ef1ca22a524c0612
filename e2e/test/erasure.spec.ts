import { call, request } from '@undertone/contracts/client/call';
import { begunErasure } from '@undertone/contracts/personal-data/erasure';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { inventedRow } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewaySettings } from '../../services/gateway/src/settings.js';
import { type RunningGateway, startGateway } from '../../services/gateway/src/start-gateway.js';
import { Client } from '../stack/client.js';
import {
  everythingKept,
  found,
  inDatabaseFiles,
  inRedisFiles,
  type Kept,
  keepRedisFile,
  sealedOf,
} from '../stack/kept.js';
import { Stack } from '../stack/stack.js';
import { faultsInObjects, faultsInRedis, faultsInStreams, faultsInTables } from '../stack/stores.js';

/** What becomes of all that an installation has of a person. */

const PUBLIC_URL = 'https://undertone.localhost:8000';

/** What nobody may find in plain, wherever they look, while the person is here. */
const secrets = {
  name: 'Zephyrine Quillfeather',
  email: 'zephyrine@canary-mail.example',
  password: 'obsidian marmalade 93 canary',
  account: 'canary-at-spotify-4711',
  access: 'sim-access-canary-4711',
  refresh: 'sim-refresh-canary-4711',
  handle: 'canary_handle_4711',
};
/** What stands where it belongs, until the person is erased. */
const listened = {
  device: 'Canary Typewriter 4711',
  key: 'Canary Script 4711',
  track: 'Canary Nocturne 4711',
  artist: 'The Canary Foundlings 4711',
  album: 'Canary Lullabies 4711',
};

let stack: Stack;
let gateway: RunningGateway;
let client: Client;
let userId: string;
let receiptCode: string;
let ben: string;
let signedIn: { url: string; headers: Record<string, string> };
/** What is encrypted of the person, and their key, as they stand in the database. */
let sealed: string[];
/** Ids of the person and of what is theirs. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  stack = await Stack.start({ PUBLIC_URL, REGISTRATION: 'open', ERASURE_SETTLE_SECONDS: '6' });
  await keepRedisFile(stack);
  client = new Client(stack.url);
  const environment = {
    ...stack.infrastructure.environment('gateway'),
    AUTH_MODE: 'accounts',
    PUBLIC_URL,
    PORT: '0',
  };
  gateway = await startGateway(loadSettings('gateway', gatewaySettings, environment));
});
afterAll(async () => {
  await gateway?.close();
  await stack?.stop();
});

/** Somebody who has everything that a person can have here. */
async function live(): Promise<void> {
  ({ user_id: userId } = await client.call('registerUser', {
    spotify_user_id: secrets.account,
    display_name: secrets.name,
  }));
  const { code } = await client.call('createPasswordCode', { user_id: userId });
  const { email, password } = secrets;
  await call({ url: gateway.url }, 'setPassword', { code, email, password });
  const session = await call({ url: gateway.url }, 'signIn', { email, password, device: listened.device });
  signedIn = { url: gateway.url, headers: { authorization: `Bearer ${session.access_token}` } };
  const key = await call(signedIn, 'createApiKey', { name: listened.key, scopes: ['read'] });
  await call(signedIn, 'changePreferences', { handle: secrets.handle });
  await client.call('storeTokens', {
    user_id: userId,
    access_token: secrets.access,
    refresh_token: secrets.refresh,
    expires_in: 3600,
    scope: 'user-top-read user-read-recently-played',
  });
  const rows = Array.from({ length: 40 }, (_, n) =>
    inventedRow(n, {
      master_metadata_track_name: listened.track,
      master_metadata_album_artist_name: listened.artist,
      master_metadata_album_album_name: listened.album,
    }),
  );
  const imported = await client.ended(await client.upload(userId, 'Streaming_History_Audio_2025.json', rows));
  expect(imported.status).toBe('SUCCESS');
  const ingest = await client.ended(await client.ingest(userId, 'first'));
  const written = await client.ended(await client.generate(String(ingest.result?.snapshot_id), 'first'));
  const insightId = String(written.result?.insight_id);
  await client.call('giveFeedback', { insight_id: insightId, helpful: true });
  await client.call('listTop', { user_id: userId, kind: 'artists' });
  const packed = await client.ended((await client.call('startExport', { user_id: userId })).task_id);
  expect(packed.status).toBe('SUCCESS');
  const { link } = await client.call('getExport', { user_id: userId });
  Object.assign(ids, {
    user: userId,
    snapshot: String(ingest.result?.snapshot_id),
    insight: insightId,
    import: imported.task_id,
  });
  Object.assign(secrets, {
    token: session.access_token,
    refreshToken: session.refresh_token,
    apiKey: key.key,
    exportCode: link?.split('/').at(-1),
  });
}

/**
 * Where not even an id may be. A group's generation is known for an hour by a key of its name, the budget of calls counts
 * jobs by their ids for half a minute, and logs name ids.
 */
const withoutIds = ({ logs: _, redis, ...kept }: Kept): Partial<Kept> => ({
  ...kept,
  redis: Buffer.from(
    redis
      .toString('latin1')
      .split('\n')
      .filter((line) => !/^\S+(:generation|:version:\w+|:v1:calls:\S+) /.test(line))
      .join('\n'),
    'latin1',
  ),
});

describe('a person', () => {
  beforeAll(async () => {
    ben = await client.join('ben');
    await client.ended(await client.ingest(ben, 'first'));
    await live();
  });

  it('is nowhere in plain: no token, name, address or password', async () => {
    const kept = await everythingKept(stack);
    expect(found(kept, secrets)).toEqual([]);
    expect(await inDatabaseFiles(stack, Object.values(secrets))).toEqual([]);
    // The search finds what is there.
    expect(found(kept, { track: listened.track, user: userId })).toEqual(
      expect.arrayContaining(['track in rows', 'user in messages', 'user in rows', 'user in store']),
    );
    expect(found(kept, listened).filter((one) => one.endsWith('in logs'))).toEqual([]);
    sealed = await sealedOf(stack, userId, {
      'identity.registered_user': ['display_name', 'id'],
      'token.person_key': ['sealed_key', 'user_id'],
      'token.vault_entry': ['refresh_token', 'user_id'],
    });
    const files = await inDatabaseFiles(stack, [listened.track, ...sealed]);
    const inTables = files.filter((file) => / in base/.test(file)).map((file) => file.split(' in ')[0]);
    expect([...new Set(inTables)].sort()).toEqual([listened.track, ...sealed].sort());
    // The head of a page of the log may stand in the middle of one text, but not in each.
    expect(files).toEqual(expect.arrayContaining([expect.stringMatching(/ in pg_wal/)]));
    expect(await inRedisFiles(stack, [listened.artist])).toEqual([listened.artist]);
  });

  it('is in no store that `stores.ts` does not declare, or that it says to have nothing of a person', async () => {
    const kept = await everythingKept(stack);
    const people = [userId, ben];
    expect(await faultsInTables(stack, kept, people)).toEqual([]);
    expect(await faultsInStreams(stack, kept, people)).toEqual([]);
    expect(await faultsInObjects(stack)).toEqual([]);
    expect(faultsInRedis(stack, kept, people)).toEqual([]);
  });

  it('is erased, and nothing is left of them in any service', async () => {
    // It is under way when the person goes.
    await client.call('startExport', { user_id: userId });
    const { url, headers } = signedIn;
    const answer = await fetch(`${url}/api/users/me`, { method: 'DELETE', headers });
    expect([answer.status, answer.headers.getSetCookie().length]).toEqual([202, 2]);
    const begun = begunErasure.parse(await answer.json());
    await expect(call(signedIn, 'getProfile', {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const { receipt_code } = begun;
    receiptCode = receipt_code;
    const receipt = await eventually(
      'the erasure is done',
      async () => {
        const now = await call({ url: gateway.url }, 'getErasure', { receipt_code });
        return now.status === 'done' && now;
      },
      120_000,
    );
    const services = new Set(receipt.removed.map(({ service }) => service));
    expect([...services].sort()).toEqual(['identity', 'ingestion', 'insight', 'scheduler', 'token']);
    expect(receipt.allowed_elsewhere).toMatchObject([{ provider: 'spotify' }]);
    expect(receipt.removed.map(({ store }) => store)).toEqual(
      expect.arrayContaining([
        'table play',
        'stream LISTENING',
        'stream INSIGHT',
        'stream JOBS',
        'objects plays',
        'objects exports',
        'table personal_export',
      ]),
    );
    const { exportCode: code } = secrets as { exportCode?: string };
    const link = request({ url: gateway.url }, 'downloadExport', { code: code ?? '' });
    await expect(link).rejects.toMatchObject({ code: 'EXPORT_NOT_FOUND' });
    const kept = await everythingKept(stack);
    expect(found(withoutIds(kept), ids)).toEqual([]);
    expect(found(kept, { ...secrets, ...listened })).toEqual([]);
  });

  it('is in no file of Postgres or Redis any more, not even encrypted', async () => {
    const receipt = await eventually(
      'the files are rewritten',
      async () => {
        const now = await call({ url: gateway.url }, 'getErasure', { receipt_code: receiptCode });
        return now.rewritten_at !== null && now;
      },
      120_000,
    );
    expect(receipt.not_rewritten).toEqual([]);
    expect(sealed).toHaveLength(3);
    const texts = [secrets, listened, sealed].flatMap((some) => Object.values(some));
    expect(await inDatabaseFiles(stack, [...texts, ...Object.values(ids)])).toEqual([]);
    // Names of keys that lapse within an hour have ids.
    expect(await inRedisFiles(stack, texts)).toEqual([]);
  });

  it('is in no read model that is built anew', async () => {
    for (const { projection } of await client.call('listRebuilds', {})) {
      await client.call('startRebuild', { projection, swap: 'always' });
      await eventually(
        `${projection} is rebuilt`,
        async () => (await client.call('getRebuild', { projection })).status === 'swapped',
        60_000,
      );
    }
    const kept = await everythingKept(stack);
    expect(found(kept, { ...secrets, ...listened })).toEqual([]);
    expect(found(withoutIds(kept), ids)).toEqual([]);
  });

  it('is erased while an import and an ingest run for them, and all services and NATS are killed', async () => {
    const cleo = await client.join('cleo-canary');
    const rows = Array.from({ length: 20_000 }, (_, n) =>
      inventedRow(n, { master_metadata_track_name: `${listened.track} ${n % 50}` }),
    );
    const tasks = [
      await client.upload(cleo, 'Streaming_History_Audio_2025.json', rows),
      await client.ingest(cleo, 'while erased'),
    ];
    const { receipt_code } = await client.call('eraseUser', { user_id: cleo });
    for (const service of ['scheduler', 'token', 'ingestion', 'insight', 'identity'] as const) {
      await stack.kill(service);
      await stack.restart(service);
    }
    await stack.infrastructure.nats.kill();
    await stack.infrastructure.nats.restart();
    await eventually(
      'the erasure is done',
      async () => (await client.call('getErasure', { receipt_code })).status === 'done',
      120_000,
    );
    const theirs = { cleo, import: String(tasks[0]), ingest: String(tasks[1]) };
    const kept = await everythingKept(stack);
    expect(found(withoutIds(kept), theirs)).toEqual([]);
    expect(found(kept, { ...listened, account: 'cleo-canary' })).toEqual([]);
  });

  it('takes nothing of anybody else along', async () => {
    const [snapshot] = await client.call('listSnapshots', { user_id: ben });
    expect(snapshot).toMatchObject({ user_id: ben });
    const written = await client.ended(await client.generate(String(snapshot?.id), 'first'));
    expect(written.status).toBe('SUCCESS');
    // Every service is asked whom it knows.
    const pseudonyms = [userId, ben].map(pseudonymOf);
    const { found } = await client.call('eraseAgain', { pseudonyms, dry_run: true });
    expect(found).toEqual([pseudonymOf(ben)]);
  });
});
