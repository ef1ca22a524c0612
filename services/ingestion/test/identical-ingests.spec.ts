import { newId } from '@undertone/platform/ids/ids';
import { forgetMessageIds } from '@undertone/platform/test-kit/forget-message-ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';

describe('identical ingests that are started together on two replicas', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness({ now: new Date('2026-11-20T12:00:00Z') }, { INTERACTIVE_SLOTS: '4' });
    await harness.start();
  });
  afterAll(() => harness.stop());

  async function expectOneSnapshot(userId: string, jobs: readonly string[]): Promise<void> {
    const ended = await Promise.all(jobs.map((jobId) => harness.ended(jobId)));
    expect(ended.map(({ task }) => task.status)).toEqual(jobs.map(() => 'SUCCESS'));
    expect(new Set(ended.map(({ task }) => task.result?.snapshot_id)).size).toBe(1);
    // One of them made it, the others found it.
    expect(ended.filter(({ task }) => task.result?.reused === false)).toHaveLength(1);
    const events = (await harness.listening(userId)).map(({ type }) => type.split('.').at(-1));
    expect(events.sort()).toEqual(['listening-ingested', 'plays-fetched', 'snapshot-computed']);
  }

  it('make one snapshot event, whoever is first', async () => {
    for (let round = 0; round < 12; round += 1) {
      const userId = newId();
      const jobs = await Promise.all(
        Array.from({ length: 2 + (round % 3) }, () => harness.request(userId, 'short_term')),
      );
      await expectOneSnapshot(userId, jobs);
    }
  });

  it('make one snapshot event when they all fetched before one of them recorded', async () => {
    const userId = newId();
    harness.simulator.addFault({ kind: 'slow', ms: 300, user: userId });
    const jobs = await Promise.all(Array.from({ length: 4 }, () => harness.request(userId, 'long_term')));
    await expectOneSnapshot(userId, jobs);
    harness.simulator.clearFaults();
  });

  it('make no other one later, when the server no longer knows the ids', async () => {
    const userId = newId();
    const first = await harness.ingest(userId, 'short_term');
    const [event] = (await harness.listening(userId)).slice(-1);
    await forgetMessageIds(harness.store, 'LISTENING', event);
    const again = await harness.ingest(userId, 'short_term');
    expect(again.task.result).toEqual({ ...first.task.result, reused: true });
    expect((await harness.listening(userId)).at(-1)?.id).toBe(event?.id);
  });
});
