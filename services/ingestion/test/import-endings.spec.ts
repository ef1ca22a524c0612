import { Readable } from 'node:stream';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { PostponedJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
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

  it('and plays are swept after a day where no event refers to them, and only then', async () => {
    const userId = newId();
    const report = await harness.imported(userId, json(inventedRows(4)), AUDIO);
    const text = () => Readable.from([Buffer.from('x')]);
    const keys = async () => {
      const all: string[] = [];
      for await (const { key } of harness.storage().list('')) if (key.includes(userId)) all.push(key);
      return all;
    };
    const kept = await keys();
    expect(kept).toHaveLength(1);
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
    expect(await keys()).toEqual(expect.arrayContaining([...kept, ...stray, waiting.key]));
    await unused.sweep(new Date(Date.now() + 25 * 3_600_000));
    expect((await keys()).sort()).toEqual([...kept, waiting.key].sort());
  });

  it('is gone when the import has failed', async () => {
    const before = await harness.objectMessages();
    const { task } = await harness.import(newId(), Buffer.from('no export'), 'a.zip');
    expect(task.status).toBe('FAILURE');
    await eventually('it is deleted', async () => (await harness.objectMessages()) === before);
  });
});
