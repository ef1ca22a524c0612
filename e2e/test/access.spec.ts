import { randomBytes } from 'node:crypto';
import { isForAdmins, ownerFields } from '@undertone/contracts/access/access';
import {
  anonymous,
  localOperator,
  type Principal,
  servicePrincipal,
} from '@undertone/contracts/access/principal';
import { call } from '@undertone/contracts/client/call';
import { computeExportSnapshots } from '@undertone/contracts/jobs/compute-export-snapshots';
import { questions } from '@undertone/contracts/questions';
import { problem } from '@undertone/contracts/rest/problem';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { streams } from '@undertone/contracts/streams';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Refused, RpcClient } from '@undertone/platform/rpc/rpc-client';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { inventedRow } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewaySettings } from '../../services/gateway/src/settings.js';
import { type RunningGateway, startGateway } from '../../services/gateway/src/start-gateway.js';
import { Authenticator } from '../../services/identity/test/authenticator.js';
import { Client } from '../stack/client.js';
import { Stack } from '../stack/stack.js';
import {
  brokenTokens,
  cancelledTask,
  claim,
  keyOf,
  linkToSpotify,
  PASSWORD,
  type SignedIn,
  signedInLongAgo,
  signInAgain,
} from './access-callers.js';
import { more, tokens } from './access-input.js';
import { requestOf } from './access-request.js';
import {
  type Calling,
  callingKinds,
  endSessions,
  expected,
  expectedOf,
  isImpostor,
  type Kind,
  kinds,
  type Outcome,
  triedFor,
} from './access-rules.js';

/** Every route and every question, by every kind of caller, on the real services. What is asked for is Ada's. */

const encryptionKey = randomBytes(32).toString('base64');
/** A domain, to which passkeys belong, that is this machine's, where the simulator signs people in. */
const PUBLIC_URL = 'https://undertone.localhost:8000';
let stack: Stack;
/** The installation once sign-in is on; the stack's own gateway goes on in open mode. */
let gateway: RunningGateway;
let nats: Awaited<ReturnType<Stack['infrastructure']['connect']>>;
let store: EventStore;
let people: Record<'ada' | 'ben' | 'eve', SignedIn>;
let fay: string;
let shown: Partial<Record<Calling, string>>;
let principals: Record<Kind, Principal>;
let named: Record<string, unknown>;
/** What each may take back: nobody else asks for it afterwards. */
let ownImports: Partial<Record<Calling, string>>;
/** Of Ada. */
const passkey = new Authenticator(PUBLIC_URL);
let addedPasskey: string;

beforeAll(async () => {
  const mail = { SMTP_URL: 'smtp://127.0.0.1:9', SMTP_FROM: 'undertone@example.org' };
  stack = await Stack.start({
    FIELD_ENCRYPTION_KEY: encryptionKey,
    REGISTRATION: 'open',
    PUBLIC_URL,
    // Nothing of an erasure happens while others are called.
    ERASURE_SETTLE_SECONDS: '86400',
    ...mail,
  });
  const client = new Client(stack.url);
  const [ada, ben, eve] = [await client.join('ada'), await client.join('ben'), await client.join('eve')];
  await client.ended(await client.ingest(ada, 'first'));
  const imported = await client.ended(
    await client.upload(ada, 'Streaming_History_Audio_2025.json', [inventedRow(0)]),
  );
  const counted = await client.ended(String(imported.result?.snapshots_task_id));
  // Of an export, so that it stays where she has removed what Spotify told.
  const { snapshot_ids } = computeExportSnapshots.result.parse(counted.result);
  const snapshotId = String(snapshot_ids.medium_term);
  const generation = await client.ended(await client.generate(snapshotId, 'first'));
  named = {
    user_id: ada,
    snapshot_id: snapshotId,
    a: snapshotId,
    b: snapshotId,
    insight_id: generation.result?.insight_id,
    import_id: imported.task_id,
  };

  const importOf = async (n: number) =>
    (await client.ended(await client.upload(ada, 'endsong_0.json', [inventedRow(n)]))).task_id;
  ownImports = { owner: await importOf(1), operator: await importOf(2) };

  const environment = {
    ...stack.infrastructure.environment('gateway'),
    AUTH_MODE: 'accounts',
    PUBLIC_URL,
    PORT: '0',
    RATE_LIMIT_REQUESTS: '1000000',
    RATE_LIMIT_SIGN_IN: '1000000',
    RATE_LIMIT_READS: '1000000',
    RATE_LIMIT_WRITES: '1000000',
  };
  gateway = await startGateway(loadSettings('gateway', gatewaySettings, environment));
  await call({ url: stack.url }, 'changeRoles', { user_id: eve, roles: ['admin'] });
  fay = await client.join('fay');
  const claimed = (userId: string) => claim(stack.url, gateway.url, userId);
  people = { ada: await claimed(ada), ben: await claimed(ben), eve: await claimed(eve) };
  const [revoked, owner] = [people.ada, await signInAgain(gateway.url, people.ada.email)];
  const asOwner = { url: gateway.url, headers: { authorization: `Bearer ${owner.access_token}` } };
  await call(asOwner, 'endSession', { session_id: revoked.session_id });
  const revokedKey = await call(asOwner, 'createApiKey', { name: 'revoked', scopes: ['read', 'write'] });
  await call({ ...asOwner, headers: { authorization: `Bearer ${revokedKey.key}` } }, 'listModels', {});
  await call(asOwner, 'revokeApiKey', { key_id: revokedKey.key_id });
  shown = {
    // Of somebody whose sessions nobody ends, so that nothing but what is wrong with them speaks against them.
    ...(await brokenTokens(stack, encryptionKey, await claimed(await client.join('dan')))),
    revoked: revoked.access_token,
    revokedKey: revokedKey.key,
    stale: await signedInLongAgo(stack, gateway.url, await claimed(fay)),
    reader: await keyOf(gateway.url, owner, ['read']),
    weakAdmin: await keyOf(gateway.url, people.eve, ['read', 'write']),
  };
  await signEverybodyIn();
  const response = passkey.create(await passkeyOptions('owner'));
  addedPasskey = (await call(asPerson('owner'), 'addPasskey', { response })).passkey_id;

  const freshUntil = Math.floor(Date.now() / 1000) + 3_600;
  const user = (user_id: string, more: Partial<Principal> = {}): Principal => ({
    who: { kind: 'user', user_id },
    roles: [],
    scopes: ['read', 'write'],
    authenticated_by: 'session',
    fresh_until: freshUntil,
    ...more,
  });
  principals = {
    anonymous,
    owner: user(ada),
    reader: user(ada, { scopes: ['read'], authenticated_by: 'api_key' }),
    other: user(ben),
    stale: user(fay, { fresh_until: freshUntil - 7_200 }),
    admin: user(eve, { roles: ['admin'], scopes: ['read', 'write', 'admin'] }),
    weakAdmin: user(eve, { roles: ['admin'], authenticated_by: 'api_key' }),
    operator: localOperator,
    service: servicePrincipal('scheduler'),
  };
  nats = await stack.infrastructure.connect();
  store = await EventStore.open(nats);
  Object.assign(named, { task_id: await cancelledTask(store, stack.url, ada) });
});
afterAll(async () => {
  await gateway?.close();
  await stack?.stop();
});

/** Some routes end the sessions of whoever calls them. */
async function signEverybodyIn(): Promise<void> {
  const again = (email: string) => signInAgain(gateway.url, email);
  const { ada, ben, eve } = people;
  people = { ada: await again(ada.email), ben: await again(ben.email), eve: await again(eve.email) };
  Object.assign(shown, {
    owner: people.ada.access_token,
    other: people.ben.access_token,
    admin: people.eve.access_token,
  });
}

const asPerson = (kind: Calling) => ({
  url: gateway.url,
  headers: { authorization: `Bearer ${shown[kind]}` },
});
/** What a person's browser is asked for. Whoever is refused may show somebody else's. */
const passkeyOptions = (kind: Calling) =>
  call(asPerson(kind === 'other' || kind === 'admin' ? kind : 'owner'), 'startPasskey', {});

let receipt: Promise<{ receipt_code: string }> | undefined;
const newcomer = (name: string): Promise<string> => new Client(stack.url).join(name);
/** Until everybody signs in again. */
async function becomeOwner(name: string): Promise<string> {
  const person = await claim(stack.url, gateway.url, await newcomer(name));
  Object.assign(shown, { owner: person.access_token });
  return person.user_id;
}

/** What is good once only, made for each call. */
async function once(route: RouteDefinition, kind: Calling): Promise<object> {
  switch (route.id) {
    case 'takeBackImport':
      return ownImports[kind] ? { import_id: ownImports[kind] } : {};
    case 'eraseUser':
      // Nobody else is asked for afterwards; the owner of what is asked for is somebody else for this call.
      if (kind === 'operator') return { user_id: await newcomer('ivo') };
      if (kind !== 'owner') return {};
      return { user_id: await becomeOwner('ivy') };
    case 'getErasure':
      receipt ??= call({ url: stack.url }, 'eraseUser', { user_id: await newcomer('una') });
      return { receipt_code: (await receipt).receipt_code };
    case 'registerUser':
      return kind === 'operator'
        ? { spotify_user_id: 'zoe' }
        : { email: `zoe-${kind}@example.org`, password: PASSWORD };
    case 'forgotPassword':
      // Nobody's: the answer is the same, and nobody is asked too often.
      return { email: `${kind}@example.org` };
    case 'addPasskey':
      return { response: new Authenticator(PUBLIC_URL).create(await passkeyOptions(kind)), name: 'phone' };
    case 'signInByPasskey':
      return { response: passkey.get(await call({ url: gateway.url }, 'startPasskeySignIn', {})) };
    case 'removePasskey': {
      if (kind !== 'owner') return { passkey_id: addedPasskey };
      const response = new Authenticator(PUBLIC_URL).create(await passkeyOptions('owner'));
      return { passkey_id: (await call(asPerson('owner'), 'addPasskey', { response })).passkey_id };
    }
    case 'signIn':
      return { email: people.ada.email, password: PASSWORD };
    case 'refreshSession':
      return { refresh_token: (await signInAgain(gateway.url, people.ada.email)).refresh_token };
    case 'setPassword': {
      const { user_id } = people.ben;
      return {
        code: (await call({ url: stack.url }, 'createPasswordCode', { user_id })).code,
        password: PASSWORD,
      };
    }
    case 'startLink':
      return { provider: 'spotify', return_to: '/', session_id: people.ada.session_id };
    case 'removeLink':
      return {
        link_id: await linkToSpotify(gateway.url, await signInAgain(gateway.url, people.ada.email), 'ada'),
      };
    case 'removeProviderData':
      return { provider: 'spotify' };
    case 'removeConnection':
      // Whoever is refused leaves the log as it was.
      if (kind === 'owner' || expectedOf(route, kind) === 'allowed') {
        await call({ url: stack.url }, 'storeTokens', { user_id: people.ada.user_id, ...tokens });
      }
      return { provider: 'spotify' };
    case 'endSession':
      return { session_id: (await signInAgain(gateway.url, people.ada.email)).session_id };
    case 'revokeApiKey': {
      const { access_token } = await signInAgain(gateway.url, people.ada.email);
      const api = { url: gateway.url, headers: { authorization: `Bearer ${access_token}` } };
      return { key_id: (await call(api, 'createApiKey', { name: 'to end', scopes: ['read'] })).key_id };
    }
    default:
      return {};
  }
}

/** @param brought what is good once only. */
async function outcome(route: RouteDefinition, kind: Calling, brought: object): Promise<Outcome> {
  const isAdmins = isForAdmins(route.access);
  const isPage = route.success.status === 302 || route.path.endsWith('}/login');
  const fields = Object.keys(route.input.shape).filter((field) => !isAdmins && field in named);
  const input: Record<string, unknown> = {
    ...Object.fromEntries(fields.map((field) => [field, named[field]])),
    ...more[route.id as keyof typeof routes],
    ...brought,
  };
  const at = kind === 'operator' ? stack.url : gateway.url;
  const response = await fetch(requestOf(route, input, at, shown[kind]));
  if (response.ok && route.success.stream) {
    // One of them has no end.
    await response.body?.cancel();
    return 'allowed';
  }
  const text = await response.text();
  if (response.ok || response.status === 302) return 'allowed';
  const { code, detail } = problem.parse(JSON.parse(text));
  if (code === 'UNAUTHENTICATED') expect(response.headers.get('www-authenticate')).toContain('Bearer');
  if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN') return code;
  if (code === 'SIGN_IN_OFF' || code === 'SIGN_IN_AGAIN') return code;
  // An admin gets as far as the input, or the thing that is not there, a browser as far as what it has to bring, and everybody as far as
  // a link that leads nowhere.
  if (isAdmins || isPage || (route.access === 'public' && response.status === 404)) return 'allowed';
  if (response.status === 404) return 'NOT_FOUND';
  throw new Error(`${route.id} by ${kind}: ${response.status} ${code} ${detail}`);
}

/** Of every log but the audit's, where what is denied is counted once a minute. */
const logs = Object.keys(streams).filter((name) => name !== streams.AUDIT.name);
const lastOf = () => Promise.all(logs.map((name) => store.last(name, '>')));

describe('every route', () => {
  // The owner comes first, so that what is cached was read by them.
  const byRoute = Object.entries<RouteDefinition>(routes);

  it.each(byRoute)('%s answers those who may call it', async (_, route) => {
    // What is for everybody does not look at what they show: one impostor stands for all.
    const allowed = callingKinds
      .filter(triedFor(route.access))
      .filter((kind) => expectedOf(route, kind) === 'allowed' && (!isImpostor(kind) || kind === 'expired'));
    expect(allowed).not.toEqual([]);
    for (const kind of allowed) {
      expect([kind, await outcome(route, kind, await once(route, kind))]).toEqual([kind, 'allowed']);
    }
    if (endSessions.has(route.id)) await signEverybodyIn();
  });

  it('is over with what was asked for', async () => {
    // What was allowed goes on for a while, and is not to be taken for what is refused next.
    let last = '';
    await eventually(
      'nothing is written any more',
      async () => {
        const before = last;
        last = JSON.stringify(await lastOf());
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        return before === last;
      },
      120_000,
    );
  });

  it.each(byRoute)('%s refuses everybody else, and writes nothing', async (_, route) => {
    const tried = callingKinds.filter(triedFor(route.access));
    const refused = tried.filter((kind) => expectedOf(route, kind) !== 'allowed');
    // What it needs is there before it is looked at, and good for all of them: nobody gets to use it.
    const [first] = refused;
    const brought = first ? await once(route, first) : {};
    const before = await lastOf();
    for (const kind of refused) {
      expect([kind, await outcome(route, kind, brought)]).toEqual([kind, expectedOf(route, kind)]);
    }
    if (route.method !== 'GET') expect(await lastOf()).toEqual(before);
  });
});

/** `rpc.identity.end-session` is `endSession`. */
const idOf = ({ subject }: RpcDefinition): string =>
  (subject.split('.').at(-1) ?? '').replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

describe('every question between services', () => {
  const bySubject = questions.map((question) => [question.subject, question] as const);

  /** What a question is answered with, of an answer that holds nothing: as if there was no such row. */
  async function answered(question: RpcDefinition, kind: Kind): Promise<Outcome> {
    const isOwners = ownerFields(question.access).length > 0;
    const needed = {
      limit: 5,
      time_zone: 'UTC',
      helpful: true,
      by: 'count',
      kind: 'artists',
      changes: {},
      address: '192.0.2.1',
      name: 'made',
      scopes: ['read'],
      expires_in_days: 1,
      ...more.changePassword,
      ...more.listTokenUses,
      ...(await once({ id: idOf(question) } as RouteDefinition, 'owner')),
    };
    const input = isOwners ? { ...needed, ...named, ...more.storeTokens } : {};
    const known = Object.keys((question.input as { shape?: object }).shape ?? {});
    const asked = Object.fromEntries(Object.entries(input).filter(([field]) => known.includes(field)));
    const rpc = new RpcClient(nats, principals[kind]);
    try {
      const answer = await rpc.ask(question, asked);
      const isEmpty = isOwners && Object.values(answer as object).every((value) => value === null);
      return isEmpty ? 'NOT_FOUND' : 'allowed';
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code } = error;
      if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN' || code === 'SIGN_IN_AGAIN') return code;
      if (isOwners && error.status === 404) return 'NOT_FOUND';
      if (isOwners) throw error;
      return 'allowed';
    }
  }

  it.each(bySubject)('%s is answered to those who may ask it', async (_, question) => {
    for (const kind of kinds.filter(triedFor(question.access))) {
      const should = kind === 'service' ? 'allowed' : expected(question.access, kind, !question.isWrite);
      expect([kind, await answered(question, kind)]).toEqual([kind, should]);
    }
    if (endSessions.has(idOf(question))) await signEverybodyIn();
  });
});
