import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileUploads, limits } from './hostile-uploads.js';
import { counted, type ImportHarness, startImportHarness, temporaryFiles } from './import-harness.js';

describe('a hostile upload', () => {
  let harness: ImportHarness;
  beforeAll(async () => {
    harness = await startImportHarness(limits);
  });
  afterAll(() => harness.stop());

  it('comes in many forms', () => {
    expect(hostileUploads.length).toBeGreaterThanOrEqual(60);
    expect(new Set(hostileUploads.map(({ is }) => is)).size).toBe(hostileUploads.length);
  });

  it.each(hostileUploads)('with $is: $outcome', async ({ bytes, fileName, outcome, says }) => {
    const userId = newId();
    const objects = await harness.objectMessages();
    const { task } = await harness.import(userId, bytes, fileName);
    expect(temporaryFiles()).toEqual([]);
    // Trying again would change nothing.
    expect(task.attempt).toBe(1);

    if (typeof outcome === 'string') {
      expect(task).toMatchObject({ status: 'FAILURE', error: { code: outcome } });
      expect(task.error?.message).toContain(says ?? '');
      expect(task.error?.message).toSatisfy((message: string) => message.length < 500);
      expect(await harness.listening(userId)).toEqual([]);
      expect(await harness.play(userId)).toEqual([]);
      await eventually('nothing is left', async () => (await harness.objectMessages()) === objects);
      return;
    }
    const { kept, ...skipped } = outcome;
    expect(task).toMatchObject({ status: 'SUCCESS', error: null, result: { kept, skipped } });
    const report = await harness.report(task.task_id);
    expect(report?.skipped).toEqual(skipped);
    expect(report && counted(report)).toBe(report?.rows);
    expect(await harness.play(userId)).toHaveLength(kept);
  });
});
