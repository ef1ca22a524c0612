import type { EventDefinition } from '@undertone/contracts/event';
import { defineJob, JobFailed, JobProgressed, JobRetrying, JobStarted } from '@undertone/contracts/jobs/job';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newId } from '../src/ids/ids.js';
import { PermanentJobError, TransientJobError } from '../src/jobs/job-errors.js';
import { eventually } from '../src/test-kit/eventually.js';
import { aggregateOf, JobLane } from './fixtures/job-lane.js';
import { leaveEffect, registered, sampleJob } from './fixtures/sample-job.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const echo = async ({ payload }: { payload: { text: string } }) => ({ echo: payload.text });

describe('the job runner, when a try fails', () => {
  let lane: JobLane;
  beforeAll(async () => {
    lane = await JobLane.open();
  });
  afterAll(() => lane?.close());

  it('tries again after a passing error, later', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    lane.work(
      consumer,
      async (context) => {
        if (context.attempt === 1) throw new TransientJobError('BUSY', 'the other side is busy');
        return echo(context);
      },
      { random: () => 0.5 },
    );
    expect(await lane.ended(consumer, id)).toEqual([
      'requested',
      'started 1',
      'retrying 1 BUSY',
      'started 2',
      'succeeded',
    ]);
    const [, , retrying, second] = await lane.events(id);
    expect(retrying && JobRetrying.read(retrying)).toMatchObject({
      delay_ms: 550,
      problem: { code: 'BUSY', message: 'the other side is busy' },
    });
    expect(millisecondsBetween(retrying, second)).toBeGreaterThanOrEqual(545);
  });

  it('waits as long as the other side asked for', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    lane.work(consumer, async (context) => {
      if (context.attempt === 1) throw new TransientJobError('RATE_LIMITED', 'slow down', 1_500);
      return echo(context);
    });
    await lane.ended(consumer, id);
    const [, , retrying, second] = await lane.events(id);
    expect(retrying && JobRetrying.read(retrying)?.delay_ms).toBe(1_500);
    expect(millisecondsBetween(retrying, second)).toBeGreaterThanOrEqual(1_495);
  });

  it.each([
    ['in whole milliseconds', 20.4, 20],
    ['at once when the time is over already', -5, 0],
  ])('waits %s', async (_, asked, delay) => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    lane.work(consumer, async (context) => {
      if (context.attempt === 1) throw new TransientJobError('RATE_LIMITED', 'slow down', asked);
      return echo(context);
    });
    await lane.ended(consumer, id);
    const retrying = (await lane.events(id))[2];
    expect(retrying && JobRetrying.read(retrying)?.delay_ms).toBe(delay);
  });

  it('waits no longer than a day, or the stream might end first', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    lane.work(consumer, async () => {
      throw new TransientJobError('RATE_LIMITED', 'come back next month', 40 * DAY_MS);
    });
    await eventually('it waits', async () => (await lane.story(id)).at(-1) === 'retrying 1 RATE_LIMITED');
    const retrying = (await lane.events(id)).at(-1);
    expect(retrying && JobRetrying.read(retrying)?.delay_ms).toBe(DAY_MS);
  });

  it('fails at once when the handler writes what is no event', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    lane.work(consumer, async (context) => {
      await leaveEffect(lane.store, { ...context, attempt: 0.5 });
      return echo(context);
    });
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'failed 1 INTERNAL']);
  });

  it('fails at once where its result is too large for the log, and says so in few words', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    lane.work(consumer, async () => ({ echo: 'x'.repeat(2_000_000) }));
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'failed 1 EVENT_TOO_LARGE']);
    const failed = (await lane.events(id)).at(-1);
    expect(failed && JobFailed.read(failed)?.problem.message).toMatch(/2\d{6} bytes, .* in "result"/);
  });

  it('ends where the words of its failure are too large for the log', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    lane.work(consumer, async () => {
      throw new PermanentJobError('LOUD', 'x'.repeat(2_000_000));
    });
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'failed 1 LOUD']);
  });

  it('fails at once on a permanent error, and says why', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const terminated = lane.terminations(consumer.name);
    lane.work(consumer, async () => {
      throw new PermanentJobError('NO_LISTENING', 'there is nothing to look at');
    });
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'failed 1 NO_LISTENING']);
    const failed = (await lane.events(id)).at(-1);
    expect(failed && JobFailed.read(failed)?.problem.message).toBe('there is nothing to look at');
    await eventually('the server knows it as terminated', () => terminated.includes('NO_LISTENING'));
  });

  it('fails when its tries are used up, and keeps an unknown error to itself', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    lane.work(consumer, async () => {
      throw new Error('password hunter2 was refused');
    });
    expect(await lane.ended(consumer, id)).toEqual([
      'requested',
      'started 1',
      'retrying 1 INTERNAL',
      'started 2',
      'retrying 2 INTERNAL',
      'started 3',
      'failed 3 INTERNAL',
    ]);
    expect(JSON.stringify(await lane.events(id))).not.toContain('hunter2');
  });

  it.each([
    ['not three tries that were lost with their workers', 5, 'succeeded'],
    ['the fourth and all that follow', 6, 'failed 7 ATTEMPTS_EXHAUSTED'],
  ])('counts %s', async (_, lost, end) => {
    const id = await lane.ask();
    for (let attempt = 1; attempt <= lost; attempt += 1) {
      await happened(id, JobStarted, { attempt, worker: 'the-frozen' });
      await happened(id, JobProgressed, { attempt, progress: { percent: 5, message: 'reading' } });
    }
    const consumer = await lane.consumer([id]);
    lane.work(consumer, echo);
    expect((await lane.ended(consumer, id)).at(-1)).toBe(end);
  });

  it('makes all tries of a job that failed after workers were lost with it', async () => {
    const id = await lane.ask();
    for (const attempt of [1, 2]) await happened(id, JobStarted, { attempt, worker: 'the-frozen' });
    const consumer = await lane.consumer([id]);
    lane.work(consumer, async () => {
      throw new TransientJobError('BUSY', 'the other side is busy');
    });
    const story = await lane.ended(consumer, id);
    expect(story.slice(3)).toEqual([
      'started 3',
      'retrying 3 BUSY',
      'started 4',
      'retrying 4 BUSY',
      'started 5',
      'failed 5 BUSY',
    ]);
  });

  it('leaves a job that no handler knows to a worker of the release that asked for it', async () => {
    const unknown = defineJob({ ...sampleJob, type: 'unheard-of' });
    const id = await lane.askFor(unknown, { user_id: newId(), text: '' });
    const consumer = await lane.consumer([id]);
    const old = lane.work(consumer, echo);
    await eventually('it waits', async () => (await lane.story(id)).at(-1) === 'retrying 1 UNKNOWN_JOB');
    await old.stop(0);
    lane.work(consumer, echo, { jobs: new Map([registered(unknown, echo)]) });
    expect((await lane.ended(consumer, id)).at(-1)).toBe('succeeded');
    expect(await lane.story(id)).not.toContain('started 2');
  });

  it('fails a job whose payload is wrong, without calling its handler', async () => {
    const id = await lane.askFor(sampleJob, { user_id: newId(), text: 7 });
    const consumer = await lane.consumer([id]);
    let called = false;
    lane.work(consumer, async (context) => {
      called = true;
      return echo(context);
    });
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'failed 1 BAD_PAYLOAD']);
    expect(called).toBe(false);
  });

  it('never takes a wrong result for a success', async () => {
    const strict = defineJob({
      ...sampleJob,
      maxAttempts: 1,
      result: z.object({ echo: z.string().min(99) }),
    });
    const id = await lane.ask('short');
    const consumer = await lane.consumer([id]);
    lane.work(consumer, echo, { jobs: new Map([registered(strict, echo)]) });
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'failed 1 INTERNAL']);
  });

  /** What a worker that is gone wrote of a job. */
  async function happened(jobId: string, definition: EventDefinition, fact: object): Promise<void> {
    const last = (await lane.events(jobId)).at(-1);
    const data = { job_id: jobId, job_type: 'sample', user_id: newId(), ...fact };
    const event = { definition, id: newId(), time: new Date(), source: 'the-frozen', data };
    await lane.store.append(aggregateOf(jobId), event, last?.sequence ?? 0);
  }
});

const millisecondsBetween = (earlier: { time: string } | undefined, later: { time: string } | undefined) =>
  Date.parse(later?.time ?? '') - Date.parse(earlier?.time ?? '');
