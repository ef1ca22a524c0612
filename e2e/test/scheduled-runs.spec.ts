import { nobody } from '@undertone/contracts/id';
import { listUsers } from '@undertone/contracts/identity/rpc';
import { generateDailyInsights, ingestAllUsers } from '@undertone/contracts/jobs/for-everyone';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { JobFailed, JobSucceeded } from '@undertone/contracts/jobs/job';
import type { Task } from '@undertone/contracts/jobs/task';
import { getSnapshot, newestSnapshots } from '@undertone/contracts/listening/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { InventedPerson } from '@undertone/contracts/test-kit/invented-person';
import { linkedUsers } from '@undertone/contracts/token/rpc';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { answer } from '@undertone/platform/test-kit/answer';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { jobEnded } from '@undertone/platform/test-kit/jobs';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import { type LlmSimulator, startLlmSimulator } from '@undertone/simulators/llm/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Replica } from '../stack/replica.js';

/** Who has insights written for a week. */
const PEOPLE = sizeOf('DAILY_INSIGHT_PEOPLE', { usual: 20, soak: 200 });
const DAYS = 7;

let infrastructure: TestInfrastructure;
let nats: Awaited<ReturnType<TestInfrastructure['connect']>>;
let store: EventStore;
let simulator: LlmSimulator;
let scheduler: Replica;
let insight: Replica;

/** What the stand-ins of identity and ingestion know; everybody is linked but who is in `unlinked`. */
let users: string[] = [];
const unlinked = new Set<string>();
const snapshots = new Map<string, Snapshot>();
let newest = new Map<string, string>();
/** A question about the users after these is not answered. */
let silentAfter: string | undefined;

beforeAll(async () => {
  infrastructure = await startInfrastructure(['scheduler', 'insight']);
  await infrastructure.provisionStreams();
  nats = await infrastructure.connect();
  store = await EventStore.open(nats);
  simulator = await startLlmSimulator();
  const as = (service: string) => infrastructure.connect({}, service);
  answer(await as('identity'), listUsers, ({ after = '', limit }) => {
    if (after !== '' && after === silentAfter) return undefined;
    const user_ids = users.filter((id) => id > after).slice(0, limit);
    return { user_ids, ...(after === '' && { total: users.length }) };
  });
  answer(await as('token'), linkedUsers, ({ user_ids }) => ({
    user_ids: user_ids.filter((id) => !unlinked.has(id)),
  }));
  answer(await as('ingestion'), newestSnapshots, ({ user_ids }) => ({
    newest: user_ids.flatMap((user_id) => {
      const snapshot_id = newest.get(user_id);
      return snapshot_id ? [{ user_id, snapshot_id }] : [];
    }),
  }));
  answer(await as('ingestion'), getSnapshot, ({ snapshot_id }) => ({
    snapshot: snapshots.get(snapshot_id) ?? null,
  }));
  const off = {
    INGEST_SCHEDULE: 'off',
    SUMMARY_SCHEDULE: 'off',
    REFRESH_SCHEDULE: 'off',
    MONITOR_SCHEDULE: 'off',
    ZONE_SCHEDULE: 'off',
    CLEANUP_SCHEDULE: 'off',
    RUN_SPREAD_MINUTES: '0',
  };
  scheduler = await Replica.start('scheduler', { ...infrastructure.environment('scheduler'), ...off });
  insight = await Replica.start('insight', {
    ...infrastructure.environment('insight'),
    INSIGHT_ENGINE: 'openai',
    OPENAI_BASE_URL: `${simulator.url}/v1`,
    OPENAI_API_KEY: 'test-key',
    LLM_MODEL: 'undertone-sim-1',
    BULK_SLOTS: '24',
  });
});
afterAll(async () => {
  await scheduler?.kill();
  await insight?.kill();
  await simulator?.close();
  await infrastructure?.stop();
});

const ended = async (jobId: string): Promise<Task> => (await jobEnded(store, jobId, 60_000)).task;
const run = (job: typeof ingestAllUsers) =>
  requestJob(store, job, { payload: { user_id: nobody }, lane: 'bulk', source: 'test' });

it('a run that is killed in the middle requests nothing twice and leaves nobody out', async () => {
  users = Array.from({ length: 1_100 }, newId).sort();
  const [left = ''] = users;
  unlinked.add(left);
  // The third page, while the second is sent.
  silentAfter = users[999];
  const jobId = await run(ingestAllUsers);
  const requested = () => store.readFiltered('JOBS', 'jobs.spotify.bulk.*.requested');
  await eventually('it requested some', async () => (await requested()).length > 100);
  await scheduler.kill();
  const before = (await requested()).length;
  expect(before).toBeLessThan(1_099 * 3);
  silentAfter = undefined;
  await scheduler.start();
  expect(await ended(jobId)).toMatchObject({
    status: 'SUCCESS',
    attempt: 2,
    result: { people: 1_099, requested: 1_099 * 3 },
  });
  const payloads = (await requested()).map(({ data }) => (data as { payload: object }).payload);
  const once = new Set(payloads.map((payload) => JSON.stringify(payload)));
  expect([payloads.length, once.size]).toEqual([1_099 * 3, 1_099 * 3]);
  expect(payloads.some((payload) => JSON.stringify(payload).includes(left))).toBe(false);
});

/** Counts the insight jobs that end until as many did as were asked for, and those of them that were reused. */
async function insightsOf(count: number, ask: () => Promise<unknown>): Promise<{ reused: number }> {
  let [done, reused] = [0, 0];
  const failed: string[] = [];
  const statuses = nats.subscribe('jobs.insights.bulk.*.status', {
    callback: (_error, message) => {
      const type = message.headers?.get('ce-type') ?? '';
      if (type.startsWith(JobFailed.type)) failed.push(message.string());
      if (!type.startsWith(JobSucceeded.type)) return;
      done += 1;
      if (message.json<{ result: { reused: boolean } }>().result.reused) reused += 1;
    },
  });
  await nats.flush();
  await ask();
  await eventually(`${count} insights are there`, () => failed.length > 0 || done >= count, 240_000);
  statuses.unsubscribe();
  expect(failed).toEqual([]);
  return { reused };
}
const calls = () => simulator.calls.summary().routes['POST /v1/chat/completions']?.calls ?? 0;

it(`a week of daily insights for ${PEOPLE} people asks the model at least 80 % less often than without reuse`, async () => {
  const people = Array.from({ length: PEOPLE }, (_, seed) => new InventedPerson(seed));
  users = people.map(({ userId }) => userId).sort();
  simulator.calls.reset();
  let reused = 0;
  for (let day = 1; day <= DAYS; day += 1) {
    const today = people.map((person) => person.day(`2026-11-0${day}`));
    for (const snapshot of today) snapshots.set(snapshot.id, snapshot);
    newest = new Map(today.map(({ user_id, id }) => [user_id, id]));
    reused += (await insightsOf(PEOPLE, () => run(generateDailyInsights))).reused;
  }
  const withReuse = calls();
  simulator.calls.reset();
  const anew = await insightsOf(snapshots.size, () =>
    Promise.all(
      [...snapshots.values()].map(({ id: snapshot_id, user_id }) => {
        const named = { insight_type: 'wellness', tone_mode: 'neutral', fresh: true } as const;
        const payload = { user_id, snapshot_id, ...named };
        return requestJob(store, generateInsight, { payload, lane: 'bulk', source: 'test' });
      }),
    ),
  );
  const without = calls();
  const saved = 1 - withReuse / without;
  console.info(
    `${PEOPLE} people, ${DAYS} days: ${without} calls without reuse, ${withReuse} with it, ${(saved * 100).toFixed(1)} % fewer`,
  );
  expect([without, anew.reused]).toEqual([PEOPLE * DAYS, 0]);
  expect(reused).toBe(PEOPLE * DAYS - withReuse);
  expect(saved).toBeGreaterThanOrEqual(0.8);
}, 480_000);
