import { ownerFields } from '@undertone/contracts/access/access';
import {
  anonymous,
  localOperator,
  type Principal,
  servicePrincipal,
} from '@undertone/contracts/access/principal';
import { questions } from '@undertone/contracts/questions';
import { problem } from '@undertone/contracts/rest/problem';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { streams } from '@undertone/contracts/streams';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { Refused, RpcClient } from '@undertone/platform/rpc/rpc-client';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { inventedRow } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewaySettings } from '../../services/gateway/src/settings.js';
import { type RunningGateway, startGateway } from '../../services/gateway/src/start-gateway.js';
import { Client } from '../stack/client.js';
import { Stack } from '../stack/stack.js';

/** Every route and every question, by every kind of caller, on the real services. What is asked for is Ada's. */

const CALLER = 'x-test-caller';
const kinds = ['anonymous', 'owner', 'reader', 'other', 'admin', 'weakAdmin', 'operator', 'service'] as const;
type Kind = (typeof kinds)[number];
type Outcome = 'allowed' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND';

let stack: Stack;
let gateway: RunningGateway;
let store: EventStore;
let callers: Record<Kind, Principal>;
let named: Record<string, unknown>;
/** What each may take back: nobody else asks for it afterwards. */
let ownImports: Partial<Record<Kind, string>>;

beforeAll(async () => {
  stack = await Stack.start();
  const client = new Client(stack.url);
  const [ada, ben, eve] = [await client.join('ada'), await client.join('ben'), await client.join('eve')];
  const ingest = await client.ended(await client.ingest(ada, 'first'));
  const snapshotId = String(ingest.result?.snapshot_id);
  const generation = await client.ended(await client.generate(snapshotId, 'first'));
  const imported = await client.ended(
    await client.upload(ada, 'Streaming_History_Audio_2025.json', [inventedRow(0)]),
  );
  expect(imported.status).toBe('SUCCESS');
  named = {
    user_id: ada,
    snapshot_id: snapshotId,
    a: snapshotId,
    b: snapshotId,
    insight_id: generation.result?.insight_id,
    task_id: ingest.task_id,
    import_id: imported.task_id,
  };

  const importOf = async (n: number) =>
    (await client.ended(await client.upload(ada, 'endsong_0.json', [inventedRow(n)]))).task_id;
  ownImports = { owner: await importOf(1), operator: await importOf(2) };

  const user = (user_id: string, more: Partial<Principal> = {}): Principal => ({
    who: { kind: 'user', user_id },
    roles: [],
    scopes: ['read', 'write'],
    authenticated_by: 'session',
    ...more,
  });
  callers = {
    anonymous,
    owner: user(ada),
    reader: user(ada, { scopes: ['read'], authenticated_by: 'api_key' }),
    other: user(ben),
    admin: user(eve, { roles: ['admin'], scopes: ['read', 'write', 'admin'] }),
    weakAdmin: user(eve, { roles: ['admin'], authenticated_by: 'api_key' }),
    operator: localOperator,
    service: servicePrincipal('scheduler'),
  };
  const environment = { ...stack.infrastructure.environment('gateway'), AUTH_MODE: 'open', PORT: '0' };
  const settings = loadSettings('gateway', gatewaySettings, {
    ...environment,
    RATE_LIMIT_REQUESTS: '100000',
  });
  gateway = await startGateway(
    settings,
    async ({ headers }) => callers[headers[CALLER] as Kind] ?? anonymous,
  );
  store = await EventStore.open(await stack.infrastructure.connect());
});
afterAll(async () => {
  await gateway?.close();
  await stack?.stop();
});

/** What each kind of caller gets: written down here a second time, so that the rule itself is tested. */
function expected(access: RouteDefinition['access'], kind: Kind, isRead: boolean): Outcome {
  if (access === 'public') return 'allowed';
  if (access === 'service') return 'FORBIDDEN';
  if (kind === 'anonymous') return 'UNAUTHENTICATED';
  if (kind === 'operator') return 'allowed';
  if (access === 'admin') return kind === 'admin' ? 'allowed' : 'FORBIDDEN';
  if (kind === 'reader' && !isRead) return 'FORBIDDEN';
  if (access === 'user' || kind === 'owner' || kind === 'reader') return 'allowed';
  return 'NOT_FOUND';
}

/** What a route needs beside ids. Admins' routes get none of it: their callers are refused or told what is missing. */
const more: Partial<Record<keyof typeof routes, object>> = {
  registerUser: { display_name: 'Zoe' },
  storeTokens: { access_token: 'a', refresh_token: 'b', expires_in: 3600, scope: 'user-top-read' },
  ingestListening: { time_range: 'medium_term' },
  listTop: { kind: 'artists' },
  chooseListenThreshold: { min_seconds: 30, min_share: null },
  generateInsight: { insight_type: 'wellness' },
  giveFeedback: { helpful: true },
};
const placeholders: Record<string, string> = {
  replay_id: newId(),
  projection: 'none',
  dead_letter: 'none',
  name: 'none',
};

async function outcome(route: RouteDefinition, kind: Kind): Promise<Outcome> {
  const isAdmins = route.access === 'admin';
  const fields = Object.keys(route.input.shape).filter((field) => !isAdmins && field in named);
  const input: Record<string, unknown> = {
    ...Object.fromEntries(fields.map((field) => [field, named[field]])),
    ...more[route.id as keyof typeof routes],
    ...(route.id === 'takeBackImport' && ownImports[kind] && { import_id: ownImports[kind] }),
    // Each registers somebody new: who is registered already is theirs alone to change.
    ...(route.id === 'registerUser' && { spotify_user_id: `zoe-${kind}` }),
  };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, field: string) => {
    const value = input[field] ?? placeholders[field];
    delete input[field];
    return String(value);
  });
  const url = new URL(path, gateway.url);
  const init: RequestInit = { method: route.method, headers: { [CALLER]: kind } };
  if (route.from === 'multipart') {
    const form = new FormData();
    for (const [field, value] of Object.entries(input)) form.append(field, String(value));
    form.append('file', new Blob(['[]']), 'Streaming_History_Audio_2025.json');
    init.body = form;
  } else if (route.from === 'query') {
    for (const [field, value] of Object.entries(input)) url.searchParams.set(field, String(value));
  } else {
    init.headers = { [CALLER]: kind, 'content-type': 'application/json' };
    init.body = JSON.stringify(input);
  }
  const response = await fetch(url, init);
  const text = await response.text();
  if (response.ok) return 'allowed';
  const { code, detail } = problem.parse(JSON.parse(text));
  if (code === 'UNAUTHENTICATED') expect(response.headers.get('www-authenticate')).toContain('Bearer');
  if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN') return code;
  // An admin gets as far as the input, or the thing that is not there.
  if (isAdmins) return 'allowed';
  if (response.status === 404) return 'NOT_FOUND';
  throw new Error(`${route.id} by ${kind}: ${response.status} ${code} ${detail}`);
}

const lastOf = () => Promise.all(Object.keys(streams).map((name) => store.last(name, '>')));

describe('every route', () => {
  // The owner comes first, so that what is cached was read by them.
  const byRoute = Object.entries<RouteDefinition>(routes);

  it.each(byRoute)('%s answers those who may call it', async (_, route) => {
    const isRead = route.method === 'GET';
    const allowed = kinds.filter(
      (kind) => kind !== 'service' && expected(route.access, kind, isRead) === 'allowed',
    );
    expect(allowed).not.toEqual([]);
    for (const kind of allowed) expect([kind, await outcome(route, kind)]).toEqual([kind, 'allowed']);
  });

  it.each(byRoute)('%s refuses everybody else, and writes nothing', async (_, route) => {
    const isRead = route.method === 'GET';
    const refused = kinds.filter(
      (kind) => kind !== 'service' && expected(route.access, kind, isRead) !== 'allowed',
    );
    const before = await lastOf();
    for (const kind of refused) {
      expect([kind, await outcome(route, kind)]).toEqual([kind, expected(route.access, kind, isRead)]);
    }
    if (!isRead) expect(await lastOf()).toEqual(before);
  });
});

describe('every question between services', () => {
  const bySubject = questions.map((question) => [question.subject, question] as const);

  /** What a question is answered with, of an answer that holds nothing: as if there was no such row. */
  async function answered(question: RpcDefinition, kind: Kind): Promise<Outcome> {
    const isOwners = ownerFields(question.access).length > 0;
    const needed = { limit: 5, time_zone: 'UTC', helpful: true, by: 'count', kind: 'artists', changes: {} };
    const input = isOwners ? { ...needed, ...named, ...more.storeTokens } : {};
    const known = Object.keys((question.input as { shape?: object }).shape ?? {});
    const asked = Object.fromEntries(Object.entries(input).filter(([field]) => known.includes(field)));
    const rpc = new RpcClient(await stack.infrastructure.connect(), callers[kind]);
    try {
      const answer = await rpc.ask(question, asked);
      const isEmpty = isOwners && Object.values(answer as object).every((value) => value === null);
      return isEmpty ? 'NOT_FOUND' : 'allowed';
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN') return error.code;
      if (isOwners && error.status === 404) return 'NOT_FOUND';
      if (isOwners) throw error;
      return 'allowed';
    }
  }

  it.each(bySubject)('%s is answered to those who may ask it', async (_, question) => {
    for (const kind of kinds) {
      const should = kind === 'service' ? 'allowed' : expected(question.access, kind, !question.isWrite);
      expect([kind, await answered(question, kind)]).toEqual([kind, should]);
    }
  });
});
