import { randomUUID } from 'node:crypto';
import type { InputOf } from '@undertone/contracts/client/route-types';
import type { Insight } from '@undertone/contracts/insight/insight';
import { InsightGenerated } from '@undertone/contracts/insight/insight-generated';
import { getSnapshot } from '@undertone/contracts/listening/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import type { Replay } from '@undertone/contracts/replay/replay';
import { type Aggregate, insightAggregate, listeningAggregate } from '@undertone/contracts/subjects';
import { computedData, inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { answer } from '@undertone/platform/test-kit/answer';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { sizeOf, soaking } from '@undertone/platform/test-kit/soak';
import { type LlmSimulator, startLlmSimulator } from '@undertone/simulators/llm/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client } from '../stack/client.js';
import { Replica } from '../stack/replica.js';

/** Times ten days: 1,000 snapshots in the soak, which two idle cores write again in about a minute. */
const PEOPLE = sizeOf('REPLAY_PEOPLE', { usual: 10, soak: 100 });
const DAYS = 10;
const SLOTS = 8;
/** The replay is cut into this many parts; after each a replica is killed, or joins. */
const PARTS = soaking ? 12 : 5;
/** While a replica starts the model holds calls back for at most so long, so that a part of the work is left for it. */
const HELD_MS = 55_000;
/** A machine that is busy with other things takes six times as long. */
const LONGEST_MS = 600_000;

let infrastructure: TestInfrastructure;
/** Of every replica of the insight service. */
let environment: Record<string, string>;
let simulator: LlmSimulator;
let store: EventStore;
let replicas: Replica[];
let gateway: Replica;
let client: Client;
/** What the stand-in of ingestion knows. */
const snapshots = new Map<string, Snapshot>();
const people = Array.from({ length: PEOPLE }, () => randomUUID());

beforeAll(async () => {
  infrastructure = await startInfrastructure(['insight']);
  await infrastructure.provisionStreams();
  simulator = await startLlmSimulator({ latencyMs: 10 });
  const nats = await infrastructure.connect();
  store = await EventStore.open(nats);
  const ingestion = await infrastructure.connect({}, 'ingestion');
  answer(ingestion, getSnapshot, ({ snapshot_id }) => ({ snapshot: snapshots.get(snapshot_id) ?? null }));
  environment = {
    ...infrastructure.environment('insight'),
    INSIGHT_ENGINE: 'openai',
    OPENAI_BASE_URL: `${simulator.url}/v1`,
    OPENAI_API_KEY: 'test-key',
    LLM_MODEL: 'undertone-sim-1',
    BULK_SLOTS: String(SLOTS),
  };
  replicas = [await Replica.start('insight', environment), await Replica.start('insight', environment)];
  gateway = await Replica.start('gateway', {
    ...infrastructure.environment('gateway'),
    AUTH_MODE: 'open',
    RATE_LIMIT_REQUESTS: '1000000',
  });
  client = new Client(gateway.url);
});
afterAll(async () => {
  await Promise.all([...(replicas ?? []), ...(gateway ? [gateway] : [])].map((replica) => replica.kill()));
  await simulator?.close();
  await infrastructure?.stop();
});

const listOf = (user_id: string, prompt_version?: string) =>
  client.call('listInsights', { user_id, limit: 200, prompt_version });

/** Appends at the end of a person's aggregate that nobody else writes meanwhile. */
async function append(
  aggregate: Aggregate,
  definition: typeof SnapshotComputed | typeof InsightGenerated,
  data: object,
) {
  const last = await store.last(aggregate.stream, aggregate.filter);
  const event = { definition, id: randomUUID(), time: new Date(), source: 'test', data } as never;
  return store.append(aggregate, event, last?.sequence ?? 0);
}

async function compute(user: string, day: number): Promise<{ snapshot: Snapshot; sequence: number }> {
  const date = new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10);
  const made = inventedSnapshot({
    user_id: user,
    source: 'simulator',
    snapshot_date: date,
    created_at: new Date().toISOString(),
  });
  snapshots.set(made.id, made);
  const { sequence } = await append(listeningAggregate(user), SnapshotComputed, computedData(made));
  return { snapshot: made, sequence };
}

/** The insight that somebody has of it: written a while ago, with the first version. */
async function writtenBefore({ id, user_id }: Snapshot): Promise<void> {
  await append(insightAggregate(user_id), InsightGenerated, {
    insight_id: randomUUID(),
    user_id,
    snapshot_id: id,
    insight_type: 'wellness',
    tone_mode: 'playful',
    prompt_version: 'wellness-v2',
    prompt_hash: '0'.repeat(64),
    llm_model: 'undertone-sim-1',
    source: 'simulator',
    structured_output: { title: 'Before', body: 'Your music sounded calm.', highlights: [], tips: [] },
    content: 'Your music sounded calm.',
    prompt_tokens: 500,
    completion_tokens: 100,
    provider_request_id: null,
    generation_ms: 900,
    generated_at: '2026-11-01T08:00:00.000Z',
  });
}

/** A third replica, which takes its part while the model holds every call back; and somebody orders the replay once more. */
async function joinAndAskAgain(order: InputOf<'orderReplay'>): Promise<Replay | null> {
  const heldBefore = heldCalls();
  simulator.addFault({ kind: 'slow', ms: HELD_MS });
  const others = replicas.length * SLOTS;
  replicas.push(await Replica.start('insight', environment));
  await eventually('more calls are held than two can make', () => heldCalls() - heldBefore > others, HELD_MS);
  simulator.clearFaults();
  return (await client.call('orderReplay', order)).replay;
}

const modelCalls = () => simulator.calls.summary().routes['POST /v1/chat/completions'];
const heldCalls = () => modelCalls()?.faults.slow ?? 0;

/** Reads one person's list after another until it is told to stop. @returns what each answer showed. */
function readAllTheWhile(users: readonly string[]) {
  const seen: ('old' | 'new' | 'mixed')[] = [];
  let on = true;
  const run = async () => {
    for (let turn = 0; on; turn += 1) {
      const user = users[turn % users.length] as string;
      // A replica that was just killed may have had the question.
      const list: readonly Insight[] = await listOf(user).catch(() => []);
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (list.length === 0) continue;
      const versions = new Set(list.map(({ prompt_version }) => prompt_version));
      if (versions.size > 1) seen.push('mixed');
      else seen.push(versions.has('wellness-v3') ? 'new' : 'old');
    }
  };
  const running = run();
  return {
    seen,
    async stop() {
      on = false;
      await running;
    },
  };
}

it(
  'rewrites every snapshot once while replicas join and are killed and snapshots arrive, seen as one moment',
  async () => {
    await Promise.all(
      people.map(async (user) => {
        for (let day = 0; day < DAYS; day += 1) await writtenBefore((await compute(user, day)).snapshot);
      }),
    );
    const prompt = await eventually('the shipped prompt is published', () =>
      client.call('getPrompt', { name: 'wellness' }),
    );
    const { messages, variables, parameters } = prompt.versions.at(-1) as (typeof prompt.versions)[0];
    await client.call('publishPrompt', {
      name: 'wellness',
      messages: messages.map((message) => ({
        ...message,
        content: message.content.replace('sounded', 'felt'),
      })),
      variables,
      parameters,
      model: null,
      changelog: 'one word',
    });
    const order = { insight_type: 'wellness', prompt_version: 'wellness-v3', window: 100 } as const;
    const dry = await eventually('all snapshots are known', async () => {
      const found = await client.call('orderReplay', { ...order, dry_run: true });
      return found.estimate.with_insight === PEOPLE * DAYS && found;
    });
    expect(dry.estimate).toMatchObject({
      snapshots: PEOPLE * DAYS,
      calls: PEOPLE * DAYS,
      based_on: 'past_insights',
    });

    const reader = readAllTheWhile(people.slice(0, 7));
    simulator.calls.reset();
    const started = Date.now();
    const ordered = await client.call('orderReplay', order);
    const id = (ordered.replay as Replay).id;
    const look = () => client.call('getReplay', { replay_id: id });

    let kills = 0;
    let again: Replay | null = null;
    let arrived = 0;
    const sequences = new Map([...snapshots.keys()].map((known) => [known, 0]));
    let done: Replay | undefined;
    const arriving = (async () => {
      while (!done) {
        const { snapshot, sequence } = await compute(people[arrived % PEOPLE] as string, DAYS + arrived);
        sequences.set(snapshot.id, sequence);
        arrived += 1;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    })();
    let written = 0;
    const killing = (async () => {
      for (let next = written; !done; ) {
        // All are up, and go on from here: what is to be survived is the loss of one.
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (written < next) continue;
        next = written + (PEOPLE * DAYS) / PARTS;
        if (kills === 2 && replicas.length === 2) {
          again = await joinAndAskAgain(order);
          continue;
        }
        const victim = replicas[kills % replicas.length] as Replica;
        await victim.kill();
        kills += 1;
        simulator.addFault({ kind: 'slow', ms: HELD_MS });
        await victim.start();
        simulator.clearFaults();
      }
    })();
    done = await eventually(
      'the replay is active',
      async () => {
        const now = await look();
        written = now.progress.written;
        if (now.status === 'completed' && now.progress.failed > 0) {
          throw new Error(`${now.progress.failed} snapshots failed`);
        }
        return now.status === 'active' && now;
      },
      LONGEST_MS,
    );
    const seconds = (Date.now() - started) / 1000;
    await Promise.all([arriving, killing]);
    const seenNew = reader.seen.length;
    await eventually('the reader saw the new ones often', () => reader.seen.length > seenNew + 20);
    await reader.stop();

    const through = done.through_sequence as number;
    const inFilter = [...sequences].filter(([, sequence]) => sequence <= through).map(([known]) => known);
    const insights = (await store.readFiltered('INSIGHT', 'insight.*.insight-generated'))
      .map((event) => InsightGenerated.read(event))
      .filter((data) => data?.replay_id === id);
    const calls = modelCalls()?.calls ?? 0;
    const { retries, used } = done.progress;
    const switched = reader.seen.indexOf('new');
    console.log(
      `${inFilter.length} snapshots (${inFilter.length - PEOPLE * DAYS} arrived meanwhile), ${insights.length} insights, ` +
        `${calls} model calls, ${kills} kills, ${retries} tries begun again, ${seconds.toFixed(0)} s; ` +
        `reader: ${switched} answers old, then ${reader.seen.length - switched} new`,
    );
    expect(kills).toBeGreaterThan(1);
    expect(replicas).toHaveLength(3);
    expect((again as Replay | null)?.id).toBe(id);
    expect(insights.map((data) => data?.snapshot_id).sort()).toEqual(inFilter.sort());
    // Every call was counted before it was made, and a try that was cut short may not have come to its call.
    expect(used.calls).toBeGreaterThanOrEqual(calls);
    expect(used.calls).toBeLessThanOrEqual(inFilter.length + retries);
    expect(calls).toBeLessThanOrEqual(inFilter.length + kills * SLOTS);
    expect(reader.seen).not.toContain('mixed');
    expect(switched).toBeGreaterThan(0);
    expect(reader.seen.slice(switched)).not.toContain('old');

    const user = people[0] as string;
    const old = await listOf(user, 'wellness-v2');
    expect(old).toHaveLength(DAYS);
    expect(await client.call('getInsight', { insight_id: old[0]?.id ?? '' })).toEqual(old[0]);
    expect(new Set((await listOf(user)).map(({ tone_mode }) => tone_mode))).toContain('playful');
  },
  2 * LONGEST_MS,
);
