import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Play } from '../src/plays/play.entity.js';
import { ListeningSnapshot } from '../src/shown-snapshots/listening-snapshot.entity.js';
import { type Harness, startHarness } from './harness.js';

const RANGES = ['short_term', 'medium_term', 'long_term'] as const;
const NOW = new Date('2026-11-20T12:00:00Z');

describe('two replicas', () => {
  let harness: Harness;
  beforeAll(async () => {
    // No grace: whatever runs when a replica closes is cut off in its middle.
    harness = await startHarness({ now: NOW }, { SHUTDOWN_GRACE_SECONDS: '0', INTERACTIVE_SLOTS: '3' });
    await harness.start();
  });
  afterAll(() => harness.stop());

  const requests = (): { userId: string; range: TimeRange }[] =>
    Array.from({ length: 10 }, newId).flatMap((userId) => RANGES.map((range) => ({ userId, range })));

  /** Each job ended well and left each of its two facts once: in the log, and in the tables. */
  async function expectOneOfEach(wanted: { userId: string }[], jobs: readonly string[]): Promise<void> {
    const ended = await Promise.all(jobs.map((jobId) => harness.ended(jobId)));
    expect(ended.map(({ task }) => task.status)).toEqual(jobs.map(() => 'SUCCESS'));
    const users = [...new Set(wanted.map(({ userId }) => userId))];
    const logged = (await Promise.all(users.map((userId) => harness.listening(userId)))).flat();
    for (const type of ['listening-ingested', 'snapshot-computed']) {
      const facts = logged.filter((event) => event.type === `undertone.listening.${type}`);
      expect(facts.map(({ correlationId }) => correlationId).sort(), type).toEqual([...jobs].sort());
      expect(new Set(facts.map(({ id }) => id)).size).toBe(jobs.length);
    }
    const em = harness.orm().em.fork();
    const rows = await em.find(ListeningSnapshot, { userId: { $in: users } });
    expect(rows.map(({ id }) => id).sort()).toEqual(ended.map(({ task }) => task.result?.snapshot_id).sort());
    const stored = await eventually('every play is projected', async () => {
      const plays = await em.fork().find(Play, { userId: { $in: users } });
      return plays.length >= users.length * 50 && plays;
    });
    expect(stored).toHaveLength(users.length * 50);
  }

  it('share thirty ingests, each of which happens once', async () => {
    const wanted = requests();
    const jobs = await Promise.all(wanted.map(({ userId, range }) => harness.request(userId, range)));
    await expectOneOfEach(wanted, jobs);
  });

  it('lose nothing and double nothing when one of them is cut off', async () => {
    const wanted = requests();
    const snapshots = async () =>
      harness
        .orm()
        .em.fork()
        .count(ListeningSnapshot, { userId: { $in: wanted.map(({ userId }) => userId) } });
    harness.simulator.addFault({ kind: 'slow', ms: 40, route: '/v1/me/top/artists' });
    const jobs = await Promise.all(wanted.map(({ userId, range }) => harness.request(userId, range)));
    await eventually('some are done', async () => (await snapshots()) >= 5);
    // Nothing more gets done until the replica is gone, however slowly this machine shuts it down.
    harness.simulator.addFault({ kind: 'hang', route: '/v1/me/top/artists' });
    // The first replica's projections are the active ones, so that the second must take them over too.
    await harness.service.close();
    const cutOffAt = await snapshots();
    expect(cutOffAt).toBeLessThan(30);
    harness.simulator.clearFaults();
    await harness.start();
    await expectOneOfEach(wanted, jobs);
  });
});
