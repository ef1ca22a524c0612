import type { InputOf, RouteId } from '@undertone/contracts/client/route-types';
import { consumers } from '@undertone/contracts/consumers';
import { newId } from '@undertone/platform/ids/ids';
import {
  exampleDeadLetter,
  exampleInsight,
  examplePromptVersion,
  exampleRebuild,
  exampleReceiptCode,
  exampleReplay,
  exampleReport,
  exampleSnapshot,
  exampleTask,
  registration,
  tokens,
} from './examples.js';

export const user_id = newId();
export const [snapshot, other] = [exampleSnapshot(user_id), exampleSnapshot(user_id)];
export const insight = exampleInsight(user_id);
export const letter = exampleDeadLetter();
export const report = exampleReport(user_id);
export const { task } = exampleTask(newId());
export const replay = { ...exampleReplay(), status: 'cancelled' as const };
export const rebuild = exampleRebuild(consumers.generatedInsights.name);
export const { name, messages, variables, changelog } = examplePromptVersion;

export const days = { from: '2026-11-01', to: '2026-11-30', time_zone: 'Europe/Berlin' };
export const AT = '2026-11-30T10:00:00Z';
export const page = { limit: 1 };
export const oneTask = { task_id: task.task_id };
export const oneReplay = { replay_id: replay.id };
export const oneLetter = { dead_letter: letter.id };
export const oneProjection = { projection: rebuild.projection };

export const passkeyPart = {
  id: 'AAAA',
  rawId: 'AAAA',
  type: 'public-key',
  clientExtensionResults: {},
} as const;

/** An input for every route, with its optional fields. A new route does not compile until it has one here. */
export const inputs: { readonly [K in RouteId]: InputOf<K> } = {
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
  changeSchedule: { name: 'ingest-all-users', cron: '0 0 4 * * *', time_zone: 'Europe/Berlin' },
  resetSchedule: { name: 'ingest-all-users' },
  pauseSchedules: {},
  resumeSchedules: {},
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
