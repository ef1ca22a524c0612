import { consumers } from '@undertone/contracts/consumers';
import { JobRetrying, JobStarted } from '@undertone/contracts/jobs/job';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { newId } from '@undertone/platform/ids/ids';
import { evolveTask } from '@undertone/platform/jobs/task';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';

const HOUR_MS = 3_600_000;

describe('ingests that have to wait', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness({}, { INTERACTIVE_SLOTS: '4', SHUTDOWN_GRACE_SECONDS: '1' });
  });
  afterEach(() => {
    harness.simulator.clearFaults();
    harness.simulator.calls.reset();
  });
  afterAll(() => harness.stop());

  /** Starts the service anew, with a developer account that nobody has used. */
  async function restarted(settings: Record<string, string> = {}): Promise<Record<string, string>> {
    const changed = { SPOTIFY_ACCOUNT: newId(), ...settings };
    await harness.restart(changed);
    return changed;
  }

  const callsTo = (path: string) =>
    Object.entries(harness.simulator.calls.summary().routes)
      .filter(([route]) => route.startsWith(`GET ${path}`))
      .reduce((sum, [, { calls }]) => sum + calls, 0);

  /** How a job stands once it has ended, or has been put back. */
  const standing = (jobId: string) =>
    eventually(`job ${jobId} has ended or waits`, async () => {
      const last = (await harness.jobEvents(jobId)).at(-1);
      const task = last && evolveTask(undefined, last)?.task;
      const resumeAt = last && JobRetrying.read(last)?.resume_at;
      return (
        task &&
        (task.status === 'SUCCESS' || resumeAt !== undefined) && {
          status: task.status,
          attempt: task.attempt,
          code: task.error?.code,
          resumeAt: Date.parse(resumeAt ?? ''),
        }
      );
    });
  const asked = (people: number) =>
    Promise.all(Array.from({ length: people }, () => harness.request(newId(), 'short_term')));

  it('share one budget, whichever replica has them, and leave of it only what is held for one of them', async () => {
    const settings = { AUDIO_FEATURES: 'none', SPOTIFY_CALLS_PER_30_SECONDS: '12' };
    const changed = await restarted(settings);
    const second = await harness.start(changed);
    try {
      const begun = Date.now();
      const jobs = await asked(8);
      const stood = await Promise.all(jobs.map(standing));
      const waiting = stood.filter(({ status }) => status === 'RETRY');
      // An ingest is one call for the plays and two for the lists.
      expect(waiting.length).toBeGreaterThanOrEqual(4);
      expect(waiting.length).toBeLessThanOrEqual(6);
      expect(waiting.map(({ code, attempt }) => [code, attempt])).toEqual(
        waiting.map(() => ['CALL_BUDGET_SPENT', 0]),
      );
      // Each has a turn of its own, after the first calls are half a minute old.
      expect(new Set(waiting.map(({ resumeAt }) => resumeAt)).size).toBe(waiting.length);
      expect(Math.min(...waiting.map(({ resumeAt }) => resumeAt))).toBeGreaterThanOrEqual(begun + 30_000);
      // A single call may be left: it is held for whoever asked for two, and newcomers do not take it.
      expect([11, 12]).toContain(callsTo('/v1/'));
      // No replica could do them now, so none is asked for.
      const { stream, name } = consumers['ingestion-spotify-interactive'];
      const left = await harness.store.manager.consumers.info(stream, name);
      expect([left.num_pending, left.num_ack_pending]).toEqual([0, 0]);
      const workers = new Set<string>();
      for (const job of jobs) {
        for (const event of await harness.jobEvents(job)) {
          const started = JobStarted.read(event);
          if (started) workers.add(started.worker);
        }
      }
      expect(workers.size).toBe(2);
    } finally {
      await second.close();
    }
  });

  it('for a spent quota do so through a restart, and an emptied Redis, without a call', async () => {
    const environment = await restarted();
    harness.simulator.addFault({ kind: 'quota', retryAfter: 3_600, route: '/v1/me/top/tracks', times: 1 });
    const [first = ''] = await asked(1);
    const toldAt = Date.now();
    const put = await standing(first);
    expect(put).toMatchObject({ status: 'RETRY', code: 'PROVIDER_QUOTA_EXCEEDED', attempt: 0 });
    expect(put.resumeAt).toBeGreaterThanOrEqual(toldAt + HOUR_MS);
    expect(put.resumeAt).toBeLessThan(Date.now() + HOUR_MS);
    const calls = callsTo('/v1/');

    const { redis } = harness.service.get<RedisBreaker>(RedisBreaker);
    expect(await redis.del(`v1:calls:spotify:${environment.SPOTIFY_ACCOUNT}`)).toBe(1);
    await restarted({ SPOTIFY_ACCOUNT: environment.SPOTIFY_ACCOUNT ?? '' });

    const later = await Promise.all((await asked(3)).map(standing));
    expect(later.map(({ code }) => code)).toEqual(Array(3).fill('PROVIDER_QUOTA_EXCEEDED'));
    expect(later.every(({ resumeAt }) => resumeAt >= put.resumeAt)).toBe(true);
    expect(callsTo('/v1/')).toBe(calls);
    // Another account has a quota of its own.
    await restarted();
    const [free = ''] = await asked(1);
    expect(await standing(free)).toMatchObject({ status: 'SUCCESS' });
  });

  it('for one provider hold up nobody at another one', async () => {
    await restarted();
    harness.simulator.addFault({
      kind: '429',
      retryAfter: 2,
      route: '/reccobeats/v1/audio-features',
      times: 1,
    });
    const [job = ''] = await asked(1);
    expect(await standing(job)).toMatchObject({ status: 'RETRY', code: 'PROVIDER_RATE_LIMITED' });
    const before = callsTo('/v1/me/');
    const [other = ''] = await asked(1);
    await eventually('another person is asked about', () => callsTo('/v1/me/') === before + 3);
    for (const id of [job, other]) expect((await harness.ended(id)).task.status).toBe('SUCCESS');
    // What was fetched is a fact already, so nothing of it is asked again.
    expect(callsTo('/v1/me/')).toBe(6);
  });

  it('for a provider that fails leave it alone, and go on when it is well', async () => {
    await restarted({
      AUDIO_FEATURES: 'none',
      PROVIDER_FAILURES_TO_PAUSE: '2',
      PROVIDER_PAUSE_MS: '5000',
    });
    harness.simulator.addFault({ kind: '5xx', route: '/v1/*' });
    const [first = ''] = await asked(1);
    expect(await standing(first)).toMatchObject({ status: 'RETRY', code: 'PROVIDER_PAUSED', attempt: 2 });
    expect(callsTo('/v1/')).toBe(2);
    const others = await asked(3);
    const stood = await Promise.all(others.map(standing));
    expect(stood.map(({ code, attempt }) => [code, attempt])).toEqual(Array(3).fill(['PROVIDER_PAUSED', 0]));
    expect(callsTo('/v1/')).toBe(2);
    harness.simulator.clearFaults();
    const ended = await Promise.all([first, ...others].map((id) => harness.ended(id)));
    expect(ended.map(({ task }) => [task.status, task.attempt])).toEqual([
      ['SUCCESS', 3],
      ...Array(3).fill(['SUCCESS', 1]),
    ]);
    expect(callsTo('/v1/')).toBe(2 + 4 * 3);
  });
});
