import { Readable } from 'node:stream';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import { isTerminal } from '@undertone/contracts/jobs/job';
import { jobAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { evolveTask } from '@undertone/platform/jobs/task';
import { NatsObjectStorage } from '@undertone/platform/objects/nats-object-storage';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltService, startBuiltService } from './built-service.js';
import { median, printed } from './figures.js';
import { inventedExport } from './invented-export.js';
import { readAndParse } from './read-and-parse.js';

const ROWS = sizeOf('BENCH_ROWS', { usual: 100_000 });
const RUNS = 3;

let infrastructure: TestInfrastructure;
let store: EventStore;
let storage: NatsObjectStorage;
let ingestion: BuiltService;
beforeAll(async () => {
  infrastructure = await startInfrastructure(['ingestion']);
  await infrastructure.provisionStreams();
  ingestion = await startBuiltService('ingestion', {
    ...infrastructure.environment('ingestion'),
    SPOTIFY_MODE: 'simulator',
    AUDIO_FEATURES: 'none',
  });
  const nats = await infrastructure.connect();
  store = await EventStore.open(nats);
  storage = await NatsObjectStorage.open(nats);
});
afterAll(async () => {
  await ingestion.stop();
  await infrastructure.stop();
});

/** From the request of the job until its result can be read. */
async function imported(archive: Buffer): Promise<void> {
  const userId = newId();
  const upload = await storage.put(`uploads/${newId()}`, Readable.from([archive]), archive.length);
  const jobId = await requestJob(store, importHistory, {
    payload: { user_id: userId, upload, file_name: 'my_spotify_data.zip' },
    lane: 'interactive',
    source: 'bench',
  });
  const { filter } = jobAggregate('spotify', 'interactive', jobId);
  const { task } = await eventually(
    'the import ends',
    async () => {
      const last = await store.last('JOBS', filter);
      const state = last && evolveTask(undefined, last);
      return state && isTerminal(state.task.status) && state;
    },
    600_000,
  );
  expect(task.result).toMatchObject({ rows: ROWS, kept: ROWS });
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

it('imports a data export, beside reading and parsing the same file alone', async () => {
  const { archive, jsonBytes } = await inventedExport(ROWS);
  const parsing: number[] = [];
  const importing: number[] = [];
  // In turns, so that whatever else the machine does meets both.
  for (let run = 0; run < RUNS; run += 1) {
    parsing.push(await seconds(async () => expect(await readAndParse(archive)).toBe(ROWS)));
    importing.push(await seconds(() => imported(archive)));
  }
  const baseline = ROWS / median(parsing);
  const rate = ROWS / median(importing);
  printed(`import of ${ROWS} rows, ${(jsonBytes / 1024 / 1024).toFixed(0)} MiB of JSON; medians of ${RUNS}`, [
    ['read and parse alone', baseline, 'rows/s'],
    ['import, until it can be read', rate, 'rows/s'],
    ['ratio', rate / baseline, ''],
  ]);
});
