import { createHash } from 'node:crypto';
import { JobRetrying, JobStarted } from '@undertone/contracts/jobs/job';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Play } from '../src/plays/play.entity.js';
import { type Harness, startHarness } from './harness.js';

/** The simulator's clock stands still here, so that a person's last plays stay the same. */
const NOW = new Date('2026-11-20T12:00:00Z');
const TIMEOUT_MS = 1_500;

describe('an ingest whose provider', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness(
      { now: NOW },
      { PROVIDER_TIMEOUT_MS: String(TIMEOUT_MS), INTERACTIVE_SLOTS: '1' },
    );
  });
  afterEach(() => harness.simulator.clearFaults());
  afterAll(() => harness.stop());

  const calls = (route: string, userId: string) =>
    harness.simulator.calls.summary().routes[`GET ${route}`]?.users[userId] ?? 0;

  /** What the job was put back for, try after try: why, the wait it was given, and how long that really was. */
  async function retries(jobId: string) {
    const events = await harness.jobEvents(jobId);
    const starts = events.filter((event) => JobStarted.read(event)).map(({ time }) => Date.parse(time));
    return events.flatMap((event) => {
      const retrying = JobRetrying.read(event);
      if (!retrying) return [];
      const next = starts[retrying.attempt] ?? Number.NaN;
      return [
        {
          code: retrying.problem.code,
          delayMs: retrying.delay_ms,
          waitedMs: next - Date.parse(event.time),
        },
      ];
    });
  }

  const storedPlays = async (userId: string) =>
    (
      await harness
        .orm()
        .em.fork()
        .find(Play, { userId }, { orderBy: { playedAt: 'desc' } })
    ).map(({ trackId, playedAt }) => ({ trackId, playedAt: playedAt.getTime() }));
  const truePlays = (userId: string) =>
    harness.simulator.plays
      .recent(userId, NOW.getTime())
      .map(({ track, playedAt }) => ({ trackId: track.id, playedAt }));

  /** Three facts in the log and each play once, however many tries it took. */
  async function expectOneIngest(userId: string): Promise<void> {
    expect((await harness.listening(userId)).map(({ type }) => type)).toEqual([
      'undertone.listening.plays-fetched',
      'undertone.listening.listening-ingested',
      'undertone.listening.snapshot-computed',
    ]);
    // The projection of plays is another one than the task waits for.
    const plays = await eventually('the plays are projected', async () => {
      const stored = await storedPlays(userId);
      return stored.length > 0 && stored;
    });
    expect(plays).toEqual(truePlays(userId));
  }

  it.each([
    ['top tracks', '/v1/me/top/tracks'],
    ['features', '/reccobeats/v1/audio-features'],
  ])('asks to wait, for its %s, waits as long and then succeeds', async (_, route) => {
    const userId = newId();
    harness.simulator.addFault({ kind: '429', retryAfter: 1, route, times: 1 });
    const { task } = await harness.ingest(userId, 'short_term');
    // It only had to wait its turn, which is no try.
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    const events = await harness.jobEvents(task.task_id);
    const putBack = events.map((event) => JobRetrying.read(event)).find((retrying) => retrying !== undefined);
    expect(putBack).toMatchObject({ problem: { code: 'PROVIDER_RATE_LIMITED' }, attempt: 1 });
    const [refusedAt, againAt] = events
      .filter((event) => JobStarted.read(event))
      .map(({ time }) => Date.parse(time));
    expect((againAt ?? 0) - (refusedAt ?? 0)).toBeGreaterThanOrEqual(1_000);
    expect(againAt).toBeGreaterThanOrEqual(Date.parse(putBack?.resume_at ?? ''));
    await expectOneIngest(userId);
  });

  it.each([
    ['fails', { kind: '5xx', status: 502 }, 'PROVIDER_FAILING'],
    ['sends half an answer', { kind: 'malformed' }, 'PROVIDER_ANSWER_UNREADABLE'],
    ['cuts the connection', { kind: 'reset' }, 'PROVIDER_UNREACHABLE'],
    ['never answers', { kind: 'hang' }, 'PROVIDER_UNREACHABLE'],
  ] as const)('%s is asked again', async (_, fault, code) => {
    const userId = newId();
    harness.simulator.addFault({ ...fault, user: userId, route: '/v1/me/player/recently-played', times: 1 });
    const { task } = await harness.ingest(userId, 'medium_term');
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(await retries(task.task_id)).toMatchObject([{ code }]);
    // A fresh token for the second try: the first may have been what was wrong.
    expect(harness.tokens.asked(userId)).toBe(2);
    await expectOneIngest(userId);
  });

  it('refuses the token is asked again at once, with another one', async () => {
    const userId = newId();
    harness.simulator.addFault({ kind: '401', user: userId, route: '/v1/me/top/artists', times: 1 });
    const { task } = await harness.ingest(userId, 'medium_term');
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    const hash = createHash('sha256').update(`sim-access-${userId}`).digest('hex');
    expect(harness.tokens.rejected(userId)).toEqual([hash]);
    await expectOneIngest(userId);
  });

  it('refuses every token ends in failure, after as many tries as others get', async () => {
    const userId = newId();
    harness.simulator.addFault({ kind: '401', user: userId, route: '/v1/me/top/tracks' });
    const { task } = await harness.ingest(userId, 'medium_term');
    expect(task).toMatchObject({ status: 'FAILURE', error: { code: 'PROVIDER_UNAUTHORIZED' }, attempt: 5 });
  }, 60_000);

  it('fails after the first fact goes on from it, without fetching again', async () => {
    const userId = newId();
    harness.simulator.addFault({ kind: '5xx', route: '/reccobeats/v1/audio-features', times: 2 });
    const { task } = await harness.ingest(userId, 'long_term');
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 3 });
    expect(calls('/v1/me/top/tracks', userId)).toBe(1);
    expect(calls('/v1/me/player/recently-played', userId)).toBe(1);
    await expectOneIngest(userId);
  });

  it('is slow, but within the deadline, is waited for', async () => {
    const userId = newId();
    harness.simulator.addFault({ kind: 'slow', ms: 500, user: userId, times: 1 });
    expect((await harness.ingest(userId, 'short_term')).task).toMatchObject({
      status: 'SUCCESS',
      attempt: 1,
    });
    await expectOneIngest(userId);
  });

  it('forbids it fails at once, and leaves the plays alone', async () => {
    const userId = newId();
    harness.simulator.addFault({ kind: '403', user: userId, route: '/v1/me/top/artists' });
    const { task } = await harness.ingest(userId, 'short_term');
    expect(task).toMatchObject({
      status: 'FAILURE',
      attempt: 1,
      error: { code: 'PROVIDER_FORBIDDEN' },
      result: null,
    });
    const [plays, ...more] = await harness.listening(userId);
    expect(plays?.type).toBe('undertone.listening.plays-fetched');
    expect(more).toEqual([]);
  });

  it.each([
    ['/v1/me/top/tracks', 'user-top-read'],
    ['/v1/me/top/artists', 'user-top-read'],
    ['/v1/me/player/recently-played', 'user-read-recently-played'],
  ])('at %s wants a scope that was not granted, the failure names %s', async (route, scope) => {
    const userId = newId();
    harness.simulator.addFault({ kind: 'insufficient_scope', user: userId, route });
    const { task } = await harness.ingest(userId, 'short_term');
    expect(task).toMatchObject({
      status: 'FAILURE',
      attempt: 1,
      error: { code: 'SCOPE_MISSING', message: expect.stringContaining(`the scope ${scope}:`) },
    });
  });

  it('had failed before succeeds when it is asked for anew', async () => {
    const userId = newId();
    harness.simulator.addFault({ kind: '403', user: userId, route: '/v1/me/top/artists', times: 1 });
    await harness.ingest(userId, 'short_term');
    expect((await harness.ingest(userId, 'short_term')).task.status).toBe('SUCCESS');
    await expectOneIngest(userId);
  });

  it('hangs when it is cancelled stops, leaves nothing, and makes room for the next', async () => {
    const userId = newId();
    const route = '/v1/me/player/recently-played';
    harness.simulator.addFault({ kind: 'slow', ms: 60_000, user: userId, route });
    const jobId = await harness.request(userId, 'short_term');
    await eventually('the fetch hangs', () => calls(route, userId) === 1);
    await harness.revoke(jobId, userId);
    expect((await harness.ended(jobId)).task.status).toBe('REVOKED');
    harness.simulator.clearFaults();

    // There is one slot, so this one runs only if the cancelled one gave it up.
    const next = newId();
    expect((await harness.ingest(next, 'short_term')).task.status).toBe('SUCCESS');
    await expectOneIngest(next);
    expect(await harness.listening(userId)).toEqual([]);
    expect((await harness.jobEvents(jobId)).at(-1)?.type).toBe('undertone.jobs.revoked');
  });
});
