import { JobFailed } from '@undertone/contracts/jobs/job';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '../src/ids/ids.js';
import { deliverAt } from '../src/jobs/deliver-at.js';
import { PermanentJobError, TransientJobError } from '../src/jobs/job-errors.js';
import { JobExecution } from '../src/jobs/job-execution.js';
import type { FailedJob, RegisteredJob } from '../src/jobs/job-handler.js';
import { eventually } from '../src/test-kit/eventually.js';
import { aggregateOf, JobLane } from './fixtures/job-lane.js';
import { registered, type SampleHandler, sampleJob } from './fixtures/sample-job.js';

const away = () => new Error('Connection terminated unexpectedly');

describe('what follows from a job’s failure', () => {
  let lane: JobLane;
  beforeAll(async () => {
    lane = await JobLane.open();
  });
  afterAll(() => lane?.close());

  /** A job whose failures are kept, with what the log says of it at that moment. */
  function watched(handle: SampleHandler, faults: Error[] = []) {
    const calls: { failed: FailedJob; story: string[] }[] = [];
    const [type, job] = registered(sampleJob, handle);
    const onFailed = async (failed: FailedJob) => {
      calls.push({ failed, story: await lane.story(failed.jobId) });
      const fault = faults.shift();
      if (fault) throw fault;
    };
    return { jobs: new Map<string, RegisteredJob>([[type, { ...job, onFailed }]]), calls };
  }
  const never: SampleHandler = () => Promise.reject(new Error('not this one'));

  it('comes after the log has it, once, and not with a try that was put back', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    // On its last try the database is away, which fails nothing; then it fails for good.
    const faults = [
      new TransientJobError('BUSY', 'later', 0),
      new TransientJobError('BUSY', 'later', 0),
      away(),
      new TransientJobError('BUSY', 'later', 0),
    ];
    const { jobs, calls } = watched(() => Promise.reject(faults.shift()));
    lane.work(consumer, never, { jobs });
    const story = await lane.ended(consumer, id);
    expect(story.slice(-4)).toEqual([
      'started 3',
      'retrying 3 SERVICE_UNAVAILABLE',
      'started 3',
      'failed 3 BUSY',
    ]);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.failed).toMatchObject({ jobId: id, attempt: 3, problem: { code: 'BUSY' } });
    expect(calls[0]?.story.at(-1)).toBe('failed 3 BUSY');
  });

  it('comes again where it did not come to its end', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const { jobs, calls } = watched(
      () => Promise.reject(new PermanentJobError('WRONG', 'never')),
      [new Error('as if the process had died')],
    );
    lane.work(consumer, never, { jobs });
    await lane.ended(consumer, id);
    expect(calls.map(({ failed }) => [failed.problem?.code, failed.attempt])).toEqual([
      ['WRONG', 1],
      ['WRONG', 1],
    ]);
    expect(await lane.story(id)).toEqual(['requested', 'started 1', 'failed 1 WRONG']);
  });

  it('comes for a job that is cancelled, while it runs or before', async () => {
    const [running, waiting] = [await lane.ask(), await lane.ask()];
    const consumer = await lane.consumer([running, waiting]);
    const { jobs, calls } = watched(() => new Promise(() => undefined));
    await lane.revoke(waiting);
    lane.work(consumer, never, { jobs });
    await eventually('it runs', async () => (await lane.story(running)).at(-1) === 'started 1');
    await lane.revoke(running);
    await lane.settled(consumer);
    expect(new Set(calls.map(({ failed }) => failed.jobId))).toEqual(new Set([running, waiting]));
    expect(calls.map(({ failed }) => failed.problem)).toEqual([null, null]);
  });

  it.each<[string, SampleHandler]>([
    ['done', async ({ payload }) => ({ echo: payload.text })],
    ['put back', () => Promise.reject(new TransientJobError('BUSY', 'later', 0))],
  ])('comes for a job that is cancelled unheard, when it would be %s', async (_how, then) => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const deaf = vi.spyOn(JobExecution.prototype, 'onRevoked').mockReturnValue(() => undefined);
    const { jobs, calls } = watched(async (context) => {
      await lane.revoke(id);
      return then(context);
    });
    lane.work(consumer, never, { jobs });
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'revoked']);
    deaf.mockRestore();
    expect(calls.map(({ failed: { problem } }) => problem)).toEqual([null]);
  });

  it('comes for a job that somebody else ended, once it is due', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const problem = { code: 'DELIVERIES_EXHAUSTED', message: 'the worker died each time' };
    const data = { job_id: id, job_type: sampleJob.type, user_id: newId(), attempt: 0, problem };
    const requested = (await lane.events(id))[0]?.sequence ?? 0;
    const failed = { definition: JobFailed, id: newId(), time: new Date(), source: 'scheduler', data };
    const { sequence } = await lane.store.append(aggregateOf(id), failed, requested);
    // Its request has been delivered, for the last time.
    const pull = await lane.store.manager.jetstream().consumers.get(consumer.stream, consumer.name);
    const delivered = await eventually('it is delivered', async () => (await pull.next()) ?? undefined);
    await delivered.ackAck();
    const { jobs, calls } = watched(never);
    lane.work(consumer, never, { jobs });
    const place = { queue: 'spotify', lane: 'interactive', jobId: id, sequence } as const;
    await deliverAt(lane.store, place, new Date(), 'scheduler');
    await eventually('it is followed up', async () => calls.length > 0);
    await lane.settled(consumer);
    expect(calls.map(({ failed: { problem } }) => problem)).toEqual([problem]);
  });
});
