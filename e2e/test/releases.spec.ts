import { readdir } from 'node:fs/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { type ConsumerDefinition, consumers } from '@undertone/contracts/consumers';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { type LlmSimulator, startLlmSimulator } from '@undertone/simulators/llm/server';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lasting, readAll } from '../releases/answers.js';
import { type KeptDatabase, restoreDatabase } from '../releases/database.js';
import { environmentOf } from '../releases/environment.js';
import { keptReleases, readPart } from '../releases/kept-release.js';
import { rotatedKeys } from '../releases/keys.js';
import { type Life, person } from '../releases/life.js';
import { type Answer, PlainClient } from '../releases/plain-client.js';
import { restoreRedis } from '../releases/redis-keys.js';
import { type KeptStream, serverWith } from '../releases/streams.js';
import { Stack, services } from '../stack/stack.js';

describe.each(await keptReleases())('on the data of release %s', (version) => {
  let model: LlmSimulator;
  let stack: Stack;
  let client: PlainClient;
  let life: Life;
  let redis: Redis;
  let answers: Record<string, Answer>;
  let streams: KeptStream[];
  let database: Client;

  beforeAll(async () => {
    life = await readPart(version, 'life');
    streams = await readPart(version, 'streams');
    answers = lasting(await readPart(version, 'answers'));
    model = await startLlmSimulator();
    const environment = {
      ...environmentOf(model.url),
      FIELD_ENCRYPTION_KEY: rotatedKeys,
      // Or whether something is fetched again, or cleared, would depend on the day of the test.
      ...{ FRESH_HOURS_SHORT_TERM: '0', FRESH_HOURS_MEDIUM_TERM: '0', FRESH_HOURS_LONG_TERM: '0' },
      ...{ FRESH_MINUTES_PLAYS: '0', JOB_DETAILS_DAYS: '36500' },
    };
    stack = await Stack.start(environment, {
      nats: await serverWith(streams),
      prepare: async ({ redisUrl, redisPrefix, databaseUrl }) => {
        await restoreDatabase(await readPart<KeptDatabase>(version, 'database'), databaseUrl);
        redis = new Redis(redisUrl);
        await restoreRedis(redis, redisPrefix, await readPart(version, 'redis'));
      },
    });
    client = new PlainClient(stack.url);
    database = new Client({ connectionString: stack.infrastructure.adminUrl });
    await database.connect();
  });
  afterAll(async () => {
    redis?.disconnect();
    await database?.end();
    await stack?.stop();
    await model?.close();
  });

  it('brings its read models to where they were, those too that a migration empties', async () => {
    const next = new Map(
      streams.flatMap((stream) => stream.consumers.map(({ config, next: at }) => [config.durable_name, at])),
    );
    for (const { kind, service, name } of Object.values<ConsumerDefinition>(consumers)) {
      if (kind !== 'projection') continue;
      const checkpoint = `select sequence from ${service}.projection_checkpoint where name = $1`;
      await eventually(`${name} is where it was`, async () => {
        const { rows } = await database.query<{ sequence: string }>(checkpoint, [name]);
        return Number(rows[0]?.sequence ?? 0) + 1 >= (next.get(name) ?? 1);
      });
    }
  });

  it('answers as the release did, first out of its cache and then without', async () => {
    expect(lasting(await readAll(client, life))).toMatchObject(answers);
    const { redisPrefix } = stack.infrastructure;
    await redis.del(await redis.keys(`${redisPrefix}*`));
    expect(lasting(await readAll(client, life))).toMatchObject(answers);
  });

  it('does the work that was waiting', async () => {
    expect(await client.ended(life.waitingTask)).toMatchObject({ status: 'SUCCESS' });
  });

  it('has brought every schema up to date', async () => {
    for (const service of services.filter((name) => name !== 'gateway')) {
      const files = await readdir(new URL(`../../services/${service}/migrations/`, import.meta.url));
      const { rows } = await database.query<{ name: string }>(`select name from ${service}.migration`);
      expect(rows.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort());
    }
  });

  it('is healthy, and its projections have caught up', async () => {
    expect(await client.get('/health')).toMatchObject({ status: 'up' });
    const manager = await jetstreamManager(await stack.infrastructure.connect());
    for (const { stream, name } of Object.values(consumers)) {
      await eventually(`${name} has caught up`, async () => {
        const { num_pending, num_ack_pending } = await manager.consumers.info(stream, name);
        return num_pending + num_ack_pending === 0;
      });
    }
  });

  it('knows the people again, and goes on with them', async () => {
    for (const name of ['ada', 'ben', 'cleo', 'dora'] as const) {
      expect((await client.post('/api/users/register', person(name))).user_id).toBe(life[name]);
    }
    const { display_name } = person('ben');
    expect(await client.get(`/api/users/me?user_id=${life.ben}`)).toMatchObject({ display_name });
    const ingest = { user_id: life.ada, time_range: 'long_term' };
    const { result } = await client.done('/api/listening/ingest', ingest);
    const [newest] = await client.get(`/api/listening/snapshots?user_id=${life.ada}`);
    expect(newest.id).toBe(result.snapshot_id);
    const order = { snapshot_id: newest.id, insight_type: 'wellness', tone_mode: 'direct' };
    const generation = await client.done('/api/insights/generate', order);
    const insight = await client.get(`/api/insights/${generation.result.insight_id}`);
    expect(insight).toMatchObject({ user_id: life.ada, tone_mode: 'direct', prompt_version: 'wellness-v2' });
  });

  it('builds every read model again, equal to what is there', async () => {
    const rebuilds = await eventually('what its handlers changed is built', async () => {
      const states: Answer[] = await client.get('/api/admin/rebuilds');
      return states.every(({ status }) => status !== 'building') && states;
    });
    for (const { projection } of rebuilds) {
      const path = `/api/admin/rebuilds/${projection}`;
      await client.post(path, { swap: 'never' });
      const rebuilt = await eventually(`${projection} is rebuilt`, async () => {
        const state = await client.get(path);
        return state.status !== 'building' && state;
      });
      expect(rebuilt).toMatchObject({ projection, status: 'equal', error: null });
    }
  });
});
