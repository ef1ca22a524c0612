import { Readable } from 'node:stream';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import { takeBackImport } from '@undertone/contracts/jobs/renew-plays';
import { HistoryImported } from '@undertone/contracts/listening/history-imported';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { PostponedJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { inventedRows } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImportLog } from '../src/imports/import-log.js';
import { UnusedObjects } from '../src/imports/unused-objects.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';

const json = (rows: readonly unknown[]) => Buffer.from(JSON.stringify(rows));
const AUDIO = 'Streaming_History_Audio_2019_0.json';

describe('the upload of an import', () => {
  let harness: ImportHarness;
  beforeAll(async () => {
    harness = await startImportHarness();
  });
  afterAll(() => harness.stop());

  /** Keys of a person's objects. */
  const kept = async (userId: string) => {
    const all: string[] = [];
    for await (const { key } of harness.storage().list('')) if (key.includes(userId)) all.push(key);
    return all;
  };
  const takeBack = async (user_id: string, import_id: string) => {
    const request = { payload: { user_id, import_id }, lane: 'interactive', source: 'test' } as const;
    const { task } = await harness.ended(await requestJob(harness.store, takeBackImport, request));
    expect(task.status).toBe('SUCCESS');
  };

  it('outlives a last try that is put back because Postgres is away', async () => {
    const log = harness.service.get(ImportLog);
    const recorded = log.recorded.bind(log);
    const faults: Error[] = [];
    for (let attempt = 1; attempt < importHistory.maxAttempts; attempt += 1) {
      faults.push(new TransientJobError('BUSY', 'later', 0));
    }
    // As node-postgres says it.
    faults.push(new Error('Connection terminated unexpectedly'));
    log.recorded = (job) => {
      const fault = faults.shift();
      return fault ? Promise.reject(fault) : recorded(job);
    };
    try {
      const { task } = await harness.import(newId(), json(inventedRows(3)), AUDIO);
      expect(task).toMatchObject({ status: 'SUCCESS', attempt: importHistory.maxAttempts });
      expect(task.result).toMatchObject({ kept: 3 });
    } finally {
      log.recorded = recorded;
    }
  });

  it('of equal streams leaves no object of its own, and may be taken back all the same', async () => {
    const userId = newId();
    const upload = json([...inventedRows(4), { ts: 'then' }]);
    const first = await harness.imported(userId, upload, AUDIO);
    expect(await kept(userId)).toHaveLength(2);
    const second = await harness.imported(userId, upload, AUDIO);
    expect(second).toMatchObject({ kept: 0, skipped: { duplicate_of_history: 4, unreadable: 1 } });
    // Its rows that were not kept are others.
    expect(await kept(userId)).toHaveLength(3);
    await harness.imported(userId, upload, AUDIO);
    expect(await kept(userId)).toHaveLength(3);
    const imports = (await harness.listening(userId)).flatMap((event) => HistoryImported.read(event) ?? []);
    expect(new Set(imports.map(({ streams }) => streams?.key)).size).toBe(1);

    await takeBack(userId, first.import_id);
    expect(await harness.play(userId)).toHaveLength(4);
    await harness.service.get(UnusedObjects).sweep(new Date(Date.now() + 48 * 3_600_000));
    expect(await kept(userId)).toHaveLength(3);
    // Other people's objects are theirs.
    const other = newId();
    await harness.imported(other, upload, AUDIO);
    expect(await kept(other)).toHaveLength(2);
  });

  it('and plays are swept after a day where no event refers to them, and only then', async () => {
    const userId = newId();
    const report = await harness.imported(userId, json(inventedRows(4)), AUDIO);
    const text = () => Readable.from([Buffer.from('x')]);
    const keys = () => kept(userId);
    const ofImport = await keys();
    expect(ofImport).toHaveLength(1);
    const stray = [`plays/${userId}/${report.import_id}/${newId()}`, `uploads/${userId}/${newId()}`];
    for (const key of stray) await harness.storage().put(key, text(), 9);
    // Its job is not over.
    const waiting = await harness.storage().put(`uploads/${userId}/${newId()}`, text(), 9);
    const resumesLater = new PostponedJobError('BUSY', 'later', new Date(Date.now() + 60_000));
    const log = harness.service.get(ImportLog);
    const recorded = log.recorded.bind(log);
    log.recorded = () => Promise.reject(resumesLater);
    const jobId = await harness.requestImport(userId, waiting, AUDIO);
    await eventually(
      'it waits',
      async () => (await harness.store.readFiltered('JOBS', anyJobFilter(jobId))).length > 2,
    );
    log.recorded = recorded;

    const unused = harness.service.get(UnusedObjects);
    await unused.sweep(new Date());
    expect(await keys()).toEqual(expect.arrayContaining([...ofImport, ...stray, waiting.key]));
    await unused.sweep(new Date(Date.now() + 25 * 3_600_000));
    expect((await keys()).sort()).toEqual([...ofImport, waiting.key].sort());
  });

  it('is gone when the import has failed', async () => {
    const before = await harness.objectMessages();
    const { task } = await harness.import(newId(), Buffer.from('no export'), 'a.zip');
    expect(task.status).toBe('FAILURE');
    await eventually('it is deleted', async () => (await harness.objectMessages()) === before);
  });
});
