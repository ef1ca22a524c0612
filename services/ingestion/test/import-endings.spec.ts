import { importHistory } from '@undertone/contracts/jobs/import-history';
import { newId } from '@undertone/platform/ids/ids';
import { TransientJobError } from '@undertone/platform/jobs/job-errors';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImportLog } from '../src/imports/import-log.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';
import { inventedRows } from './invented-history.js';

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

  it('is gone when the import has failed', async () => {
    const before = await harness.objectMessages();
    const { task } = await harness.import(newId(), Buffer.from('no export'), 'a.zip');
    expect(task.status).toBe('FAILURE');
    await eventually('it is deleted', async () => (await harness.objectMessages()) === before);
  });
});
