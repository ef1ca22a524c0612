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
  ListRoute,
  PageRoute,
  PlainRoute,
  RouteId,
  UploadRoute,
} from '@undertone/contracts/client/route-types';
import { upload } from '@undertone/contracts/client/upload';
import { encryptingServices, listKeys } from '@undertone/contracts/encryption-keys';
import { changePreferences, getProfile } from '@undertone/contracts/identity/rpc';
import { giveFeedback } from '@undertone/contracts/insight/rpc';
import { listJobTotals } from '@undertone/contracts/job-totals/job-totals';
import { planBackfill } from '@undertone/contracts/jobs/backfill';
import { taskStatus } from '@undertone/contracts/jobs/job';
import {
  countJobs,
  countTasks,
  type ListedTask,
  listJobs,
  listTasks,
  type TaskCounts,
} from '@undertone/contracts/jobs/listed-task';
import { getJob, getTaskTimeline } from '@undertone/contracts/jobs/timeline';
import { listImportRows } from '@undertone/contracts/listening/import';
import { getListenThreshold } from '@undertone/contracts/listening/listen-threshold';
import { projectionQuestions } from '@undertone/contracts/operations/projection';
import { listQueues, pauseQueue } from '@undertone/contracts/operations/queue';
import { getSystem } from '@undertone/contracts/operations/system';
import { getWorker } from '@undertone/contracts/operations/worker';
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
import {
  changeSchedule,
  listSchedules,
  pauseSchedule,
  pauseSchedules,
  resetSchedule,
} from '@undertone/contracts/schedules/schedule';
import { serviceNames } from '@undertone/contracts/service-name';
import { sealStream } from '@undertone/platform/crypto/sealed-stream';
import { newId } from '@undertone/platform/ids/ids';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { NatsObjectStorage } from '@undertone/platform/objects/nats-object-storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { watched } from './caller.js';
import { conforms, conformsAsRequest } from './conforms.js';
import {
  inputs,
  insight,
  letter,
  oneReplay,
  other,
  rebuild,
  replay,
  report,
  snapshot,
  task,
  user_id,
} from './every-route-inputs.js';
import { exampleListedTask, exampleTimeline } from './example-tasks.js';
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
  exampleReceipt,
  exampleReceiptCode,
  exampleReplayReport,
  exampleReport,
  exampleSchedule,
  exampleTopEntry,
  exampleTrend,
} from './examples.js';
import { everyReplica, exampleLane, examplePart, examplePlace, exampleWorker } from './operations-behind.js';
import { answerSignIn, signedInAs } from './sign-in-behind.js';
import { type CalledGateway, startCalled, startSystem, type TestSystem } from './system.js';

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
  await behind.answer(listQueues, () => ({ lanes: [exampleLane] }));
  await behind.answer(pauseQueue, () => ({ lanes: [exampleLane] }));
  for (const question of projectionQuestions)
    await behind.answer(question, () => ({ projections: [examplePlace] }));
  for (const service of serviceNames) await behind.answer(getSystem(service), () => examplePart(service));
  await behind.answer(everyReplica(getWorker('ingestion')), () => exampleWorker);
  await behind.answer(listSchedules, () => ({ schedules: [exampleSchedule] }));
  await behind.answer(pauseSchedule, () => exampleSchedule);
  const counts = Object.fromEntries(taskStatus.options.map((status) => [status, 1])) as TaskCounts;
  const { result, ...shown } = exampleListedTask();
  const job = { ...shown, user_id };
  for (const [list, row] of [
    [listTasks, exampleListedTask()],
    [listJobs, job],
  ] as const) {
    await behind.answer(list as typeof listTasks, ({ cursor }) => ({
      items: [row as ListedTask],
      next: cursor ? null : 'of-the-next-page',
    }));
  }
  const total = {
    day: '2026-11-29',
    job_type: 'ingest-listening-data',
    succeeded: 9,
    failed: 1,
    cancelled: 0,
  };
  await behind.answer(listJobTotals, ({ cursor }) => ({
    items: [{ ...total, attempts: 11 }],
    next: cursor ? null : 'of-the-next-page',
  }));
  for (const rpc of [countTasks, countJobs]) await behind.answer(rpc, () => counts);
  await behind.answer(getTaskTimeline, () => exampleTimeline(task.task_id));
  await behind.answer(getJob, () => ({ ...exampleTimeline(task.task_id), task: job }));
  await behind.answer(changeSchedule, () => exampleSchedule);
  await behind.answer(resetSchedule, () => exampleSchedule);
  await behind.answer(planBackfill, ({ name }) => ({
    plan: {
      name,
      due: 3,
      had_run: 1,
      to_run: 2,
      first: '2026-11-29T02:00:00Z',
      last: '2026-11-30T02:00:00Z',
    },
    cron: '0 0 2 * * *',
    time_zone: 'UTC',
  }));
  await behind.answer(pauseSchedules, () => ({ schedules: [exampleSchedule] }));
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
    // Only a task comes to an end.
    if (id === 'followEvents') break;
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
