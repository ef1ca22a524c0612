import { Readable } from 'node:stream';
import { ActionTaken } from '@undertone/contracts/audit/action-taken';
import { listAudit } from '@undertone/contracts/audit/rpc';
import { request } from '@undertone/contracts/client/call';
import { follow } from '@undertone/contracts/client/follow';
import { pages } from '@undertone/contracts/client/pages';
import { routeTable } from '@undertone/contracts/client/route-table';
import type {
  AnswerOf,
  EventsRoute,
  FileRoute,
  InputOf,
  ListRoute,
  PageRoute,
  PlainRoute,
  RouteId,
  UploadRoute,
} from '@undertone/contracts/client/route-types';
import { upload } from '@undertone/contracts/client/upload';
import { consumers } from '@undertone/contracts/consumers';
import { encryptingServices, listKeys } from '@undertone/contracts/encryption-keys';
import { changePreferences, getProfile } from '@undertone/contracts/identity/rpc';
import { giveFeedback } from '@undertone/contracts/insight/rpc';
import { listImportRows } from '@undertone/contracts/listening/import';
import { getListenThreshold } from '@undertone/contracts/listening/listen-threshold';
import {
  beginErasure,
  eraseAgain,
  getErasure,
  listErasures,
} from '@undertone/contracts/personal-data/erasure';
import { beginExport, getArchive, getExport } from '@undertone/contracts/personal-data/personal-export';
import {
  getPrompt,
  listPrompts,
  movePromptLabel,
  publishPrompt,
  reportOnPrompt,
  startExperiment,
  stopExperiment,
} from '@undertone/contracts/prompt/rpc';
import {
  clearRebuild,
  listRebuilds,
  rebuildingServices,
  startRebuild,
  swapRebuild,
} from '@undertone/contracts/rebuild';
import {
  controlReplay,
  getReplay,
  getReplayReport,
  listReplays,
  orderReplay,
} from '@undertone/contracts/replay/rpc';
import { isAudited, type RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';
import { listSchedules, pauseSchedule } from '@undertone/contracts/schedules/schedule';
import { sealStream } from '@undertone/platform/crypto/sealed-stream';
import { newId } from '@undertone/platform/ids/ids';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { NatsObjectStorage } from '@undertone/platform/objects/nats-object-storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { watched } from './caller.js';
import { conforms, conformsAsRequest } from './conforms.js';
import {
  exampleAuditRecord,
  exampleDeadLetter,
  exampleExport,
  exampleInsight,
  exampleKeys,
  exampleOrdered,
  examplePlay,
  exampleProfile,
  examplePrompt,
  examplePromptReport,
  examplePromptVersion,
  exampleRebuild,
  exampleReceipt,
  exampleReceiptCode,
  exampleReplay,
  exampleReplayReport,
  exampleReport,
  exampleSchedule,
  exampleSnapshot,
  exampleTask,
  exampleTopEntry,
  exampleTrend,
  registration,
  tokens,
} from './examples.js';
import { answerSignIn, signedInAs } from './sign-in-behind.js';
import { type CalledGateway, startCalled, startSystem, type TestSystem } from './system.js';

const user_id = newId();
const [snapshot, other] = [exampleSnapshot(user_id), exampleSnapshot(user_id)];
const insight = exampleInsight(user_id);
const letter = exampleDeadLetter();
const report = exampleReport(user_id);
const { task } = exampleTask(newId());
const replay = { ...exampleReplay(), status: 'cancelled' as const };
const rebuild = exampleRebuild(consumers.generatedInsights.name);
const { name, messages, variables, changelog } = examplePromptVersion;

const days = { from: '2026-11-01', to: '2026-11-30', time_zone: 'Europe/Berlin' };
const AT = '2026-11-30T10:00:00Z';
const page = { limit: 1 };
const oneTask = { task_id: task.task_id };
const oneReplay = { replay_id: replay.id };
const oneLetter = { dead_letter: letter.id };
const oneProjection = { projection: rebuild.projection };

const passkeyPart = { id: 'AAAA', rawId: 'AAAA', type: 'public-key', clientExtensionResults: {} } as const;

/** An input for every route, with its optional fields. A new route does not compile until it has one here. */
const inputs: { readonly [K in RouteId]: InputOf<K> } = {
  registerUser: { ...registration('eve'), time_zone: 'Asia/Kolkata' },
  getProfile: { user_id },
  changePreferences: {
    user_id,
    handle: 'ada_lovelace',
    time_zone: 'Asia/Kolkata',
    language: null,
    first_day_of_week: 'sunday',
    run_hours: { from: 22, to: 6 },
    tone_mode: 'direct',
  },
  signIn: { email: 'ada@example.org', password: 'copper lantern waltz 7', device: 'laptop', cookies: false },
  refreshSession: { refresh_token: 'a-refresh-token' },
  listWaysIn: {},
  signOut: {},
  signOutEverywhere: {},
  listSessions: {},
  endSession: { session_id: newId() },
  setPassword: { code: 'a-code', email: 'ada@example.org', password: 'copper lantern waltz 7' },
  forgotPassword: { email: 'ada@example.org' },
  changePassword: { current_password: 'copper lantern waltz 7', new_password: 'violet harbour comet 3' },
  startPasskey: {},
  addPasskey: {
    name: 'phone',
    response: {
      ...passkeyPart,
      response: { clientDataJSON: 'AAAA', attestationObject: 'AAAA', transports: ['internal'] },
    },
  },
  listPasskeys: {},
  removePasskey: { passkey_id: newId() },
  startPasskeySignIn: {},
  signInByPasskey: {
    response: {
      ...passkeyPart,
      response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA', userHandle: 'AAAA' },
    },
    device: 'phone',
    cookies: false,
  },
  createApiKey: { name: 'home', scopes: ['read'], expires_in_days: 30 },
  listApiKeys: {},
  revokeApiKey: { key_id: newId() },
  getSigningKeys: {},
  startSpotifySignIn: { return_to: '/insights' },
  startInvitedSpotifySignIn: { invitation: 'a-code', return_to: '/insights' },
  finishSpotifySignIn: { code: 'a-code', state: 'a-state' },
  startOidcSignIn: { provider: 'home', return_to: '/insights' },
  startInvitedOidcSignIn: { provider: 'home', invitation: 'a-code', return_to: '/insights' },
  finishOidcSignIn: {
    provider: 'home',
    error: 'access_denied',
    state: 'a-state',
    iss: 'https://id.example.org',
  },
  startLink: { provider: 'home', return_to: '/accounts' },
  listLinks: {},
  removeLink: { link_id: newId() },
  listAccounts: page,
  createInvitation: { admin: false },
  createPasswordCode: { user_id },
  listCodes: page,
  withdrawCode: { code_id: newId() },
  changeRoles: { user_id, roles: ['admin'] },
  eraseUser: { user_id },
  getErasure: { receipt_code: exampleReceiptCode },
  listErasures: page,
  eraseAgain: { pseudonyms: [newId()], dry_run: true },
  listAudit: { actor: user_id, subject: user_id, what: 'changeRoles', since: AT, until: AT, ...page },
  storeTokens: tokens(user_id),
  listConnections: { user_id },
  removeConnection: { user_id, provider: 'spotify' },
  removeProviderData: { user_id, provider: 'spotify' },
  listTokenUses: { user_id, provider: 'spotify', ...page, cursor: '0' },
  ingestListening: { user_id, time_range: 'short_term' },
  listSnapshots: { user_id, time_range: 'medium_term', from: days.from, to: days.to, ...page },
  getSnapshot: { snapshot_id: snapshot.id },
  compareSnapshots: { a: snapshot.id, b: other.id },
  listHistory: { user_id, ...days, ...page },
  listTrends: { user_id, bucket: 'day', ...days, ...page },
  listTop: { user_id, kind: 'tracks', by: 'time', ...days, ...page },
  createImport: { user_id, dry_run: true },
  listImports: { user_id, ...page },
  getImport: { import_id: report.import_id },
  takeBackImport: { import_id: report.import_id },
  listImportRows: { import_id: report.import_id, reason: 'incognito', ...page },
  getListenThreshold: { user_id },
  chooseListenThreshold: { user_id, min_seconds: 30, min_share: 0.5 },
  startExport: { user_id },
  getExport: { user_id },
  downloadExport: { code: 'x'.repeat(43) },
  generateInsight: {
    snapshot_id: snapshot.id,
    insight_type: 'roast',
    tone_mode: 'playful',
    allow_names: true,
    fresh: false,
  },
  listInsights: { user_id, insight_type: 'wellness', prompt_version: '1', ...page },
  getInsight: { insight_id: insight.id },
  listModels: {},
  giveFeedback: { insight_id: insight.id, helpful: true },
  publishPrompt: { name, messages, variables, changelog, model: null, parameters: { temperature: 0.5 } },
  listPrompts: {},
  getPrompt: { name },
  movePromptLabel: { name, label: 'candidate', number: 2 },
  startPromptExperiment: {
    name,
    variants: [
      { variant: 'control', number: 1, percent: 50 },
      { variant: 'new', number: 2, percent: 50 },
    ],
  },
  stopPromptExperiment: { name },
  reportOnPrompt: { name, from: days.from, to: days.to },
  listRebuilds: {},
  getRebuild: oneProjection,
  startRebuild: { ...oneProjection, swap: 'never' },
  swapRebuild: oneProjection,
  clearRebuild: oneProjection,
  orderReplay: {
    insight_type: 'wellness',
    prompt_version: 'wellness-v2',
    filter: { user_ids: [user_id], only_with_insight: true },
    canary: 0.1,
    budget: { calls: 9 },
    window: 5,
    activate: 'by_hand',
    dry_run: true,
  },
  listReplays: {},
  getReplay: oneReplay,
  followReplay: oneReplay,
  getReplayReport: oneReplay,
  approveReplay: oneReplay,
  pauseReplay: oneReplay,
  resumeReplay: { ...oneReplay, budget: { usd: 2.5 } },
  cancelReplay: oneReplay,
  activateReplay: { ...oneReplay, allow_failures: true },
  rollBackReplay: oneReplay,
  listSchedules: {},
  pauseSchedule: { name: 'ingest-all-users' },
  resumeSchedule: { name: 'ingest-all-users' },
  runSchedule: { name: 'ingest-all-users' },
  listDeadLetters: { status: 'open', ...page },
  getDeadLetter: oneLetter,
  retryDeadLetter: oneLetter,
  discardDeadLetter: oneLetter,
  listKeys: {},
  rotateKeys: { service: 'token' },
  getTask: oneTask,
  followTask: oneTask,
  getTaskAlias: oneTask,
  health: {},
};

let system: TestSystem;
let signedIn: CalledGateway;
beforeAll(async () => {
  system = await startSystem();
  const { behind } = system;
  const caller = signedInAs(user_id);
  signedIn = await startCalled({ ...system.environment, PUBLIC_URL: 'http://localhost:8000' }, async () => ({
    caller,
    credential: { id: newId() },
  }));
  await answerSignIn(behind, user_id);
  behind.users.set('ada', user_id);
  behind.snapshots.push(snapshot, other);
  behind.insights.push(insight, exampleInsight(user_id));
  behind.imports.push(report, exampleReport(user_id));
  behind.deadLetters.push(letter, exampleDeadLetter());
  behind.tasks.set(task.task_id, { user_id, task });
  behind.plays.set(user_id, [examplePlay(), examplePlay()]);
  behind.trends.set(user_id, ['2026-11-23', '2026-11-22'].map(exampleTrend));
  behind.tops.set(user_id, [1, 2].map(exampleTopEntry));
  await behind.answer(getProfile, () => exampleProfile(user_id));
  await behind.answer(changePreferences, () => exampleProfile(user_id));
  await behind.answer(listImportRows, ({ cursor }) => ({
    page: {
      items: [{ file: 'endsong_0.json', row: 3, reason: 'incognito' as const }],
      next: cursor ? null : 'of-the-next-page',
    },
  }));
  await behind.answer(getListenThreshold, () => ({ threshold: null, listen_rule: 'listen-v2' }));
  await behind.answer(beginExport, () => ({ task_id: task.task_id }));
  await behind.answer(getExport, () => exampleExport(task.task_id));
  const storage = await NatsObjectStorage.open(system.nats);
  const archive = await storage.put(
    `exports/${user_id}/one`,
    sealStream(Readable.from([Buffer.from('an archive')]), 'x'.repeat(43)),
    100,
  );
  await behind.answer(getArchive, () => ({ archive, file_name: 'undertone-export-2026-11-30.zip', user_id }));
  await behind.answer(giveFeedback, ({ insight_id, helpful }) => ({ insight_id, helpful }));
  await behind.answer(publishPrompt, () => examplePromptVersion);
  await behind.answer(listPrompts, () => ({ prompts: [examplePrompt] }));
  await behind.answer(getPrompt, ({ cursor }) => ({
    ...examplePrompt,
    versions: [examplePromptVersion],
    next: cursor ? null : 'of-the-next-page',
    label_moves: [],
  }));
  for (const rpc of [movePromptLabel, startExperiment, stopExperiment]) {
    await behind.answer(rpc, () => examplePrompt);
  }
  await behind.answer(reportOnPrompt, () => examplePromptReport);
  for (const service of rebuildingServices) {
    await behind.answer(listRebuilds(service), () => ({ rebuilds: service === 'insight' ? [rebuild] : [] }));
  }
  for (const rpc of [startRebuild, swapRebuild, clearRebuild]) {
    await behind.answer(rpc('insight'), () => rebuild);
  }
  await behind.answer(beginErasure, () => ({
    task_id: newId(),
    status: 'queued' as const,
    receipt_code: exampleReceiptCode,
  }));
  await behind.answer(getErasure, () => exampleReceipt);
  await behind.answer(listErasures, ({ cursor }) => ({
    items: [{ pseudonym: newId(), requested_at: exampleReceipt.requested_at, erased_at: null }],
    next: cursor ? null : 'of-the-next-page',
  }));
  await behind.answer(eraseAgain, ({ pseudonyms }) => ({ found: pseudonyms, task_ids: [] }));
  await behind.answer(orderReplay, () => exampleOrdered);
  await behind.answer(listReplays, ({ cursor }) => ({
    replays: [replay],
    next: cursor ? null : 'of-the-next-page',
  }));
  await behind.answer(getReplay, () => ({ replay }));
  await behind.answer(getReplayReport, () => ({ report: exampleReplayReport(replay.id) }));
  await behind.answer(controlReplay, () => ({ replay }));
  await behind.answer(listSchedules, () => ({ schedules: [exampleSchedule] }));
  await behind.answer(pauseSchedule, () => exampleSchedule);
  await behind.answer(listAudit, ({ cursor }) => ({
    items: [exampleAuditRecord],
    next: cursor ? null : 'of-the-next-page',
  }));
  for (const service of encryptingServices) {
    await behind.answer(listKeys(service), () => exampleKeys(service));
  }
});
afterAll(async () => {
  await signedIn?.close();
  await system.stop();
});

const ids = Object.keys(routeTable) as RouteId[];
const plain = (id: RouteId): PlainRoute => routeTable[id];
const lists = ids.filter((id) => plain(id).paged) as ListRoute[];
const streams = ids.filter((id) => plain(id).stream) as EventsRoute[];
const uploads = ids.filter((id) => plain(id).from === 'multipart') as UploadRoute[];
const pagesOfOurs = ids.filter((id) => plain(id).redirect) as PageRoute[];
const files = ids.filter((id) => plain(id).file) as FileRoute[];
const others = ids.filter((id) => {
  const { stream, redirect, file, from } = plain(id);
  return !stream && !redirect && !file && from !== 'multipart';
});

/** What the contract says that a route answers. */
function holds<K extends RouteId>(route: K, answer: AnswerOf<K>): void {
  expect(routes[route].success.body.safeParse(answer)).toMatchObject({ success: true });
}

it.each(others)('%s is called', async (id) => {
  // One of them for all: the compiler has checked each input above.
  const route = id as 'getTask';
  // There is nothing to sign in to in open mode.
  const { call } = routes[route].tag === 'sign-in' ? signedIn : system;
  holds(route, await call(route, inputs[route]));
});

it.each(lists)('%s is read page by page', async (id) => {
  const route = id as 'listSnapshots';
  let count = 0;
  for await (const rows of pages(watched(system.url, route), route, inputs[route])) {
    // A prompt is more than the list of its versions.
    expect('versions' in rows ? rows.versions : rows).toHaveLength(1);
    count += 1;
  }
  expect(count).toBe(2);
});

it.each(streams)('%s is followed to its end', async (id) => {
  const route = id as 'followTask';
  let count = 0;
  for await (const state of follow(watched(system.url, route), route, inputs[route], { retryMs: 1 })) {
    holds(route, state);
    count += 1;
  }
  expect(count).toBe(1);
});

it.each(uploads)('%s is uploaded', async (route) => {
  const file = new File(['[]'], 'Streaming_History_Audio_2025.json');
  holds(route, await upload(watched(system.url, route), route, inputs[route], file));
});

it.each(files)('%s is downloaded', async (route) => {
  const answer = await request(watched(system.url, route), route, inputs[route]);
  expect(answer.headers.get('content-type')).toBe('application/zip');
  expect(await answer.text()).toBe('an archive');
});

it.each(pagesOfOurs)('%s sends a browser on', async (id) => {
  const { provider = '', ...query } = { provider: undefined, ...inputs[id] } as Record<string, string>;
  const url = new URL(plain(id).path.replace('{provider}', provider), signedIn.url);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const reply = await signedIn.send('GET', url.href, { headers: { cookie: 'undertone-sign-in=an-attempt' } });
  conformsAsRequest(id, url);
  conforms(id, reply);
  expect(reply.status).toBe(302);
});

it('puts each use into the audit that is for it, and nothing of a person but a pseudonym', async () => {
  const used = await system.store.readFiltered('AUDIT', 'audit.>');
  const audited = Object.values<RouteDefinition>(routes).filter(isAudited);
  const taken = used.flatMap((event) => ActionTaken.read(event) ?? []);
  expect([...new Set(taken.map(({ what }) => what))].sort()).toEqual(audited.map(({ id }) => id).sort());
  const of = (what: RouteId) => taken.find((one) => one.what === what);
  const subject = pseudonymOf(user_id);
  const byOperator = { by: 'open_mode', is_admin: true, status: 200 };
  expect(of('changeRoles')).toMatchObject({ ...byOperator, subject, targets: { roles: ['admin'] } });
  expect(of('pauseReplay')).toMatchObject({ ...byOperator, targets: oneReplay });
  expect(of('rotateKeys')).toMatchObject({ targets: { service: 'token', task_id: expect.any(String) } });
  const bySession = { actor: subject, by: 'session', is_admin: false, credential: expect.any(String) };
  expect(of('createApiKey')).toMatchObject({
    ...bySession,
    targets: { scopes: ['read'], expires_in_days: 30, key_id: expect.any(String) },
  });
  expect(of('finishSpotifySignIn')).toMatchObject({ ...bySession, subject, status: 302 });
  const messages = JSON.stringify(used);
  for (const planted of [
    user_id,
    'ada@example.org',
    'lantern',
    'a-code',
    'utk_',
    'refresh',
    '127.0.0.1',
    'xxxx',
  ]) {
    expect(messages).not.toContain(planted);
  }
});
