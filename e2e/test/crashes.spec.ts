import { insightAggregate, listeningAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { soaking } from '@undertone/platform/test-kit/soak';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../stack/client.js';
import { Stack, services } from '../stack/stack.js';

/** How far the path has come when something is killed. */
const moments = ['ingest requested', 'ingest started', 'ingest done', 'generation requested'] as const;
type Moment = (typeof moments)[number];
const victims = [...services, 'nats-server'] as const;
type Victim = (typeof victims)[number];
/** What is killed at which moments of one walk. */
type Crashes = Partial<Record<Moment, Victim>>;

/** Every victim at every moment, each in a walk of its own. */
const alone: Crashes[] = victims.flatMap((victim) => moments.map((moment) => ({ [moment]: victim })));
/** Every victim at every moment too, four crashes in each walk, of four victims. */
const together: Crashes[] = victims.map((_, first) =>
  Object.fromEntries(moments.map((moment, later) => [moment, victims[(first + later) % victims.length]])),
);
/**
 * Walks that go at once. In the soak each goes alone, with every victim at every moment; else two of different victims, which
 * mostly wait for what was lost to come back, with every victim at two moments.
 */
const walks = soaking
  ? [...alone, ...together].map((crashes) => [crashes])
  : together.slice(0, 2).map((crashes, at) => [crashes, ...together.slice(at + 4, at + 5)]);
const nameOf = (crashes: Crashes) =>
  Object.entries(crashes)
    .map(([moment, victim]) => `${victim}, ${moment}`)
    .join('; ');

describe('kill -9 at any moment of the path', () => {
  let stack: Stack;
  let client: Client;
  let store: EventStore;
  beforeAll(async () => {
    stack = await Stack.start();
    client = new Client(stack.url);
    store = await EventStore.open(await stack.infrastructure.connect());
  });
  afterAll(() => stack?.stop());

  /** The last crash of each victim: two walks do not kill the same one at once. */
  const last = new Map<Victim, Promise<void>>();
  function crash(victim: Victim): Promise<void> {
    const next = (last.get(victim) ?? Promise.resolve()).then(() => killAndRestart(victim));
    last.set(victim, next);
    return next;
  }
  async function killAndRestart(victim: Victim): Promise<void> {
    if (victim === 'nats-server') {
      await stack.infrastructure.nats.kill();
      await stack.infrastructure.nats.restart();
    } else {
      await stack.kill(victim);
      await stack.restart(victim);
    }
  }

  /** Walks the path, with crashes at moments of it, and gives back what is in the log. */
  async function walk(name: string, crashes: Crashes) {
    const at = (moment: Moment) => crashes[moment] && crash(crashes[moment]);
    const userId = await client.insist('join', () => client.join(name));
    const ingest = await client.insist('ingest', () => client.ingest(userId, name));
    await at('ingest requested');
    if (crashes['ingest started']) {
      await eventually('the ingest starts', async () => {
        return (await client.call('getTask', { task_id: ingest })).status !== 'PENDING';
      });
      await at('ingest started');
    }
    const ingested = await client.ended(ingest);
    expect(ingested.error).toBeNull();
    await at('ingest done');
    const snapshotId = String(ingested.result?.snapshot_id);
    const generation = await client.insist('generate', () => client.generate(snapshotId, name));
    await at('generation requested');
    const generated = await client.ended(generation);
    expect(generated.error).toBeNull();

    const snapshots = await client.insist('snapshots', () =>
      client.call('listSnapshots', { user_id: userId }),
    );
    const insights = await client.insist('insights', () => client.call('listInsights', { user_id: userId }));
    expect(snapshots.map(({ id }) => id)).toEqual([snapshotId]);
    expect(insights.map(({ id }) => id)).toEqual([generated.result?.insight_id]);

    const listening = await store.read(listeningAggregate(userId));
    const written = await store.read(insightAggregate(userId));
    const jobs = [
      ...(await store.readFiltered('JOBS', `jobs.*.*.${ingest}.status`)),
      ...(await store.readFiltered('JOBS', `jobs.*.*.${generation}.status`)),
    ];
    return {
      snapshots: listening.filter(({ type }) => type.endsWith('snapshot-computed')).length,
      insights: written.length,
      ends: jobs.filter(({ type }) => /succeeded|failed|revoked/.test(type)).length,
    };
  }

  const once = { snapshots: 1, insights: 1, ends: 2 };

  it.each(walks.map((pair) => [pair.map(nameOf).join(' | '), pair] as const))(
    '%s: everything happens once',
    async (_, pair) => {
      const seen = await Promise.all(
        pair.map((crashes) => walk(nameOf(crashes).replaceAll(/\W+/g, '-'), crashes)),
      );
      expect(seen).toEqual(pair.map(() => once));
    },
  );
});
