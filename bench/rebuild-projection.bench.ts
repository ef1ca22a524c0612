import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { servicePrincipal } from '@undertone/contracts/access/principal';
import { consumers } from '@undertone/contracts/consumers';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { listRebuilds, startRebuild } from '@undertone/contracts/rebuild';
import { toMessage } from '@undertone/platform/event-store/cloudevents';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltService, startBuiltService } from './built-service.js';
import { median, printed } from './figures.js';
import { nthSnapshot } from './invented-snapshot.js';

const EVENTS = sizeOf('BENCH_EVENTS', { usual: 100_000 });
const RUNS = 3;
const BATCH = 1_000;
const { name: projection, stream, filters } = consumers.listeningSnapshots;

let infrastructure: TestInfrastructure;
let nats: NatsConnection;
let database: pg.Client;
let ingestion: BuiltService;

beforeAll(async () => {
  infrastructure = await startInfrastructure(['ingestion']);
  await infrastructure.provisionStreams();
  nats = await infrastructure.connect();
  ingestion = await startBuiltService('ingestion', {
    ...infrastructure.environment('ingestion'),
    SPOTIFY_MODE: 'simulator',
    AUDIO_FEATURES: 'none',
  });
  database = new pg.Client({ connectionString: infrastructure.databaseUrl('ingestion') });
  await database.connect();
  await publishSnapshots();
  await eventually(
    'the projection has caught up',
    async () => {
      const { rows } = await database.query('select count(*)::int as n from ingestion.listening_snapshot');
      return rows[0]?.n === EVENTS;
    },
    600_000,
  );
}, 900_000);
afterAll(async () => {
  await database.end();
  await ingestion.stop();
  await infrastructure.stop();
});

async function publishSnapshots(): Promise<void> {
  const client = jetstream(nats);
  for (let from = 0; from < EVENTS; from += 500) {
    await Promise.all(
      Array.from({ length: Math.min(500, EVENTS - from) }, (_, index) => {
        const data = nthSnapshot(from + index);
        const { headers, body } = toMessage({
          definition: SnapshotComputed,
          id: data.snapshot_id,
          data,
          time: new Date(data.computed_at),
          source: 'bench',
        });
        return client.publish(`listening.${data.user_id}.snapshot-computed`, body, { headers });
      }),
    );
  }
}

/** Reads all of it in order, and looks at nothing. @returns events a second. */
async function readAlone(): Promise<number> {
  const consumer = await jetstream(nats).consumers.get(stream, { filter_subjects: [...filters] });
  const messages = await consumer.consume({ max_messages: 2 * BATCH });
  const started = performance.now();
  let count = 0;
  for await (const message of messages) {
    count += 1;
    if (message.info.pending === 0) break;
  }
  const seconds = (performance.now() - started) / 1_000;
  messages.stop();
  expect(count).toBe(EVENTS);
  return EVENTS / seconds;
}

/** Upserts the same rows into a table of the same form, a thousand a statement, with nothing else to do. */
async function upsertAlone(): Promise<number> {
  await database.query('create table bench_snapshot (like ingestion.listening_snapshot including all)');
  const { rows: columns } = await database.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
      where attrelid = 'bench_snapshot'::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
  const { rows } = await database.query({
    text: `select ${columns.map(({ name }) => `"${name}"::text`).join(', ')} from ingestion.listening_snapshot`,
    rowMode: 'array',
  });
  const batches: unknown[][][] = [];
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH) as unknown as unknown[][];
    batches.push(columns.map((_, column) => batch.map((row) => row[column])));
  }
  const text = `insert into bench_snapshot (${names}) select * from unnest(${arrays})
    on conflict (id) do update set sequence = excluded.sequence`;
  const started = performance.now();
  for (const values of batches) await database.query(text, values);
  const seconds = (performance.now() - started) / 1_000;
  await database.query('drop table bench_snapshot');
  return EVENTS / seconds;
}

/** A rebuild beside what is read, as an operator asks for it. */
async function rebuilt(): Promise<number> {
  const rpc = new RpcClient(nats, servicePrincipal('gateway'));
  await rpc.ask(startRebuild('ingestion'), { projection, swap: 'always' });
  const state = await eventually(
    'the rebuild is swapped in',
    async () => {
      const { rebuilds } = await rpc.ask(listRebuilds('ingestion'), {});
      const found = rebuilds.find((one) => one.projection === projection);
      if (found?.status === 'failed') throw new Error(found.error ?? '');
      return found?.status === 'swapped' && found;
    },
    600_000,
  );
  expect(state.tables).toEqual([
    expect.objectContaining({ rows: EVENTS, rebuilt_rows: EVENTS, equal: true }),
  ]);
  return state.events_per_second ?? Number.NaN;
}

it('rebuilds a projection, beside reading its events alone and writing its rows alone', async () => {
  const figures = { read: [] as number[], upsert: [] as number[], rebuild: [] as number[] };
  // In turns, so that whatever else the machine does meets all of them.
  for (let run = 0; run < RUNS; run += 1) {
    figures.read.push(await readAlone());
    figures.upsert.push(await upsertAlone());
    figures.rebuild.push(await rebuilt());
  }
  const [read, upsert, rebuild] = [median(figures.read), median(figures.upsert), median(figures.rebuild)];
  printed(`rebuild of ${projection}, ${EVENTS} events; medians of ${RUNS}`, [
    ['raw ordered read', read, 'events/s'],
    ['raw batched upsert', upsert, 'rows/s'],
    ['rebuild', rebuild, 'events/s'],
    ['rebuild to the slower of the two', rebuild / Math.min(read, upsert), ''],
  ]);
});
