import { MikroORM } from '@mikro-orm/postgresql';
import { AckPolicy, jetstream } from '@nats-io/jetstream';
import { nanos, headers as natsHeaders } from '@nats-io/transport-node';
import { consumers } from '@undertone/contracts/consumers';
import { healthOf } from '@undertone/contracts/health';
import { nobody } from '@undertone/contracts/id';
import {
  type DeadLetter,
  type DeadLetterStatus,
  discardDeadLetter,
  getDeadLetter,
  listDeadLetters,
  retryDeadLetter,
} from '@undertone/contracts/jobs/dead-letter';
import { decisionsOnMany } from '@undertone/contracts/jobs/decide-many';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { type JobDefinition, JobDiscarded, JobRequested } from '@undertone/contracts/jobs/job';
import { getTask } from '@undertone/contracts/jobs/task';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { jobAggregate, jobWaitSubjects } from '@undertone/contracts/subjects';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { deliverAt } from '@undertone/platform/jobs/deliver-at';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { holdProjection } from '@undertone/platform/test-kit/hold-projection';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { retryIdOf, settleFailedJob, settlementEnvelope } from '../src/jobs/settle-failed-job.js';
import { startScheduler } from '../src/start-scheduler.js';

const { name, stream, filters } = consumers['ingestion-spotify-bulk'];

describe('dead letters', () => {
  let scheduler: ServiceUnderTest<RunningService>;
  let store: EventStore;
  beforeAll(async () => {
    scheduler = await ServiceUnderTest.prepare({ schema: 'scheduler', start: startScheduler });
    await scheduler.start();
    store = scheduler.store;
  });
  afterAll(() => scheduler.stop());

  const list = (limit: number, cursor?: string, status?: DeadLetterStatus) =>
    scheduler.rpc.ask(listDeadLetters, {
      limit,
      ...(cursor !== undefined && { cursor }),
      ...(status && { status }),
    });

  const ask = <O>(definition: RpcDefinition<{ id: string }, O>, id: string): Promise<O> =>
    scheduler.rpc.ask(definition, { id });
  const newest = async (status: DeadLetterStatus) => (await pages(50, status)).flat()[0] as DeadLetter;
  const task = async (id: string | null) =>
    (await scheduler.rpc.ask(getTask, { task_id: id ?? '' })).found?.task;

  const messageAt = async (subject: string) =>
    (await store.manager.streams.getMessage(stream, { last_by_subj: subject })) ?? undefined;

  /** Says, in the server's words, that the deliveries of a message ran out. */
  const advise = (advisory: { id: string; stream_seq: number; timestamp?: string }) =>
    jetstream(scheduler.nats).publish(
      `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${stream}.${name}`,
      JSON.stringify({
        ...{ type: 'io.nats.jetstream.advisory.v1.max_deliver', stream, consumer: name, deliveries: 2 },
        ...{ timestamp: new Date().toISOString(), ...advisory },
      }),
    );

  function requested(): Promise<string> {
    const payload = { user_id: newId(), time_range: 'short_term' as const };
    return requestJob(store, ingestListeningData, { payload, lane: 'bulk', source: 'test' });
  }

  /** A job that a worker takes and dies at, until its deliveries run out. */
  async function dead(): Promise<DeadLetter> {
    const id = await requested();
    const worker = await jetstream(scheduler.nats).consumers.get(stream, name);
    return eventually('the server gives up', async () => {
      await worker.next({ expires: 1_000 });
      const failed = (await task(id))?.status === 'FAILURE';
      // The first of them: what follows from the end is delivered to this worker, too.
      const letter = (await list(50)).items.findLast(({ task_id }) => task_id === id);
      return failed && letter?.job_type ? letter : false;
    });
  }

  async function pages(limit: number, status?: DeadLetterStatus): Promise<DeadLetter[][]> {
    const read: DeadLetter[][] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await list(limit, cursor ?? undefined, status);
      read.push(page.items);
      cursor = page.next;
    }
    return read;
  }

  it('are what the server gave up on', async () => {
    await store.manager.consumers.add(stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(200),
      max_deliver: 2,
      filter_subjects: [...filters],
    });
    const letter = await dead();
    const job = letter.task_id;
    expect(letter).toEqual({
      id: expect.any(String),
      stream,
      stream_sequence: 1,
      consumer: name,
      deliveries: 2,
      happened_at: expect.any(String),
      status: 'open',
      event_id: job,
      event_type: 'undertone.jobs.requested',
      task_id: job,
      job_type: 'ingest-listening-data',
      queue: 'spotify',
      lane: 'bulk',
      retry_task_id: null,
    });
  });

  it('have what follows from the failure done by who owns the job: it is delivered there once more', async () => {
    const { task_id } = await newest('open');
    const { due } = jobWaitSubjects('spotify', 'bulk', task_id ?? '');
    await eventually('it is due', () => messageAt(due));
  });

  it('end a job, too, that had waited and was due', async () => {
    const waited = await requested();
    const place = { queue: 'spotify', lane: 'bulk', jobId: waited } as const;
    const last = await store.last(stream, jobAggregate('spotify', 'bulk', waited).filter);
    await deliverAt(store, { ...place, sequence: last?.sequence ?? 0 }, new Date(), 'test');
    const due = await eventually('it is due', () =>
      messageAt(jobWaitSubjects('spotify', 'bulk', waited).due),
    );
    await advise({ id: newId(), stream_seq: due.seq });
    await eventually('it failed', async () => (await task(waited))?.status === 'FAILURE');
    const letter = await eventually('it is listed', async () =>
      (await pages(50)).flat().find(({ stream_sequence }) => stream_sequence === due.seq),
    );
    expect(letter).toMatchObject({
      task_id: waited,
      queue: 'spotify',
      lane: 'bulk',
      job_type: 'ingest-listening-data',
    });
    await ask(discardDeadLetter, letter.id);
  });

  it('are retried by one other job, which names the failed one as its cause, however often it is said', async () => {
    const letter = await newest('open');
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(retryDeadLetter, letter.id)));
    const [{ task_id } = { task_id: '' }] = answers;
    expect(new Set(answers.map((answer) => answer.task_id)).size).toBe(1);
    const aggregate = jobAggregate('spotify', 'bulk', task_id);
    const [requested, ...more] = await store.read(aggregate);
    const [original] = await store.read(jobAggregate('spotify', 'bulk', letter.task_id ?? ''));
    expect(more).toEqual([]);
    expect(requested).toMatchObject({ correlationId: task_id, causationId: letter.task_id });
    const data = original && JobRequested.read(original);
    expect(requested && JobRequested.read(requested)).toEqual({
      ...data,
      job_id: task_id,
      retry_of: letter.task_id,
    });
    expect(await ask(getDeadLetter, letter.id)).toMatchObject({ status: 'retried', retry_task_id: task_id });
    expect(await task(letter.task_id)).toMatchObject({
      status: 'FAILURE',
      error: { code: 'DELIVERIES_EXHAUSTED' },
    });
    await expect(ask(discardDeadLetter, letter.id)).rejects.toMatchObject({
      code: 'DEAD_LETTER_STATE',
      message: expect.stringMatching(/retried before/),
    });
    expect((await pages(50, 'open')).flat()).toEqual([]);
  });

  it('are retried although whoever decided it died before it asked for the job', async () => {
    const letter = await dead();
    const aggregate = jobAggregate('spotify', 'bulk', letter.task_id ?? '');
    const command = { jobId: letter.task_id ?? '', decision: 'retry', at: new Date() } as const;
    await decideAndAppend(store, settleFailedJob, {
      aggregate,
      command,
      envelope: settlementEnvelope(command),
    });
    const retry = jobAggregate('spotify', 'bulk', retryIdOf(letter.task_id ?? ''));
    await eventually('the job is asked for', async () => (await store.read(retry)).length === 1);
  });

  it('are shown as an operator decided as soon as the decision is answered', async () => {
    const letter = await dead();
    const release = await holdProjection(scheduler.service.get<MikroORM>(MikroORM), consumers.backgroundJobs);
    let isAnswered = false;
    // On a busy machine the projection is held for longer than the service waits for it: a refusal, and no answer.
    const deciding = eventually('the decision is answered', async () => {
      await ask(discardDeadLetter, letter.id);
      isAnswered = true;
      return isAnswered;
    });
    try {
      const { filter } = jobAggregate('spotify', 'bulk', letter.task_id ?? '');
      await eventually('it is decided', async () => {
        const last = await store.last('JOBS', filter);
        return last && JobDiscarded.read(last) !== undefined;
      });
      // Later questions are answered, so this one would be, too.
      for (let asked = 0; asked < 20; asked += 1) await list(1);
      expect(isAnswered).toBe(false);
    } finally {
      await release();
    }
    await deciding;
    expect((await ask(getDeadLetter, letter.id)).status).toBe('discarded');
  });

  it('are discarded, for good', async () => {
    const letter = await dead();
    expect(await ask(discardDeadLetter, letter.id)).toEqual({ ...letter, status: 'discarded' });
    expect(await ask(discardDeadLetter, letter.id)).toMatchObject({ status: 'discarded' });
    expect((await newest('discarded'))?.id).toBe(letter.id);
    await expect(ask(retryDeadLetter, letter.id)).rejects.toMatchObject({ code: 'DEAD_LETTER_STATE' });
    expect(await task(letter.task_id)).toMatchObject({ status: 'FAILURE' });
  });

  it('are either retried or discarded when both are said at once', async () => {
    const letter = await dead();
    const said = await Promise.allSettled([
      ask(retryDeadLetter, letter.id),
      ask(discardDeadLetter, letter.id),
    ]);
    expect(said.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const retry = jobAggregate('spotify', 'bulk', retryIdOf(letter.task_id ?? ''));
    expect(await store.read(retry)).toHaveLength(said[0].status === 'fulfilled' ? 1 : 0);
  });

  it('are retried and discarded by filter, by a job of an operator’s, but not where nothing would come of it', async () => {
    const at = Date.now() - 48 * 3_600_000;
    const filter = { from: new Date(at).toISOString(), until: new Date(at + 60_000).toISOString() };
    const letterOf = async (id: string): Promise<string> => {
      const letter = newId();
      const last = await store.last(stream, `jobs.spotify.bulk.${id}.requested`);
      await advise({ id: letter, stream_seq: last?.sequence ?? 0, timestamp: filter.from });
      return letter;
    };
    const [twice, once] = [await requested(), await requested()];
    const user_id = newId();
    const upload = { key: `uploads/${user_id}/a`, size: 1, sha256: 'a'.repeat(64) };
    const payload = { user_id, upload, file_name: 'a.zip' };
    const lost = await requestJob(store, importHistory, { payload, lane: 'bulk', source: 'test' });
    const letters = [
      await letterOf(twice),
      await letterOf(twice),
      await letterOf(once),
      await letterOf(lost),
    ];
    const decide = async (definition: unknown, more: object = {}, dry_run = false) => {
      const asked = { user_id: nobody, filter: { ...filter, ...more }, dry_run };
      const request = { payload: asked, lane: 'interactive', source: 'test' } as const;
      const id = await requestJob(store, definition as JobDefinition<{ user_id: string }>, request);
      return eventually('it has ended', async () => (await task(id))?.result ?? undefined);
    };
    const { retryDeadLetters, discardDeadLetters } = decisionsOnMany;
    expect(await decide(retryDeadLetters, {}, true)).toMatchObject({
      ...{ dry_run: true, matched: 4, done: 0 },
      by_type: [
        { job_type: 'import-history', status: 'open', count: 1 },
        { job_type: 'ingest-listening-data', status: 'open', count: 3 },
      ],
    });
    const done = { dry_run: false, matched: 4, done: 3, refused: { TASK_NOT_RETRYABLE: 1 } };
    expect(await decide(retryDeadLetters)).toEqual(done);
    for (const id of letters.slice(0, 3))
      expect(await ask(getDeadLetter, id)).toMatchObject({ status: 'retried' });
    const again = ask(retryDeadLetter, letters[3] as string);
    await expect(again).rejects.toMatchObject({ code: 'TASK_NOT_RETRYABLE', status: 409 });
    const type = importHistory.type;
    const discarded = { dry_run: false, matched: 1, done: 1, refused: {} };
    expect(await decide(discardDeadLetters, { type, queue: 'spotify', lane: 'bulk' })).toEqual(discarded);
    const { items } = await scheduler.rpc.ask(listDeadLetters, { ...filter, type, limit: 50 });
    expect(items).toMatchObject([{ id: letters[3], status: 'discarded', task_id: lost }]);
  });

  it('whose message the log has forgotten can no longer be settled', async () => {
    const letter = await dead();
    await store.manager.streams.purge('JOBS', { filter: `jobs.spotify.bulk.${letter.task_id}.>` });
    await expect(ask(retryDeadLetter, letter.id)).rejects.toMatchObject({ code: 'DEAD_LETTER_EXPIRED' });
    await expect(ask(retryDeadLetter, 'never-seen')).rejects.toMatchObject({
      status: 404,
      code: 'DEAD_LETTER_NOT_FOUND',
    });
  });

  it('come page by page, newest first, each once although they are of one moment', async () => {
    const earlier = (await list(50)).items.length;
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      const timestamp = id === 'a' ? '2099-01-01T00:00:00.000000001Z' : '2098-12-31T23:59:59.999999999Z';
      await advise({ id, stream_seq: 1_000_000, timestamp });
    }
    await eventually('all are listed', async () => (await list(50)).items.length === earlier + 5);
    const read = await pages(2);
    expect(read.flat()).toEqual((await list(50)).items);
    expect(
      read
        .flat()
        .slice(0, 5)
        .map(({ id }) => id),
    ).toEqual(['a', 'e', 'd', 'c', 'b']);
  });

  it('of a job that a newer release wrote hold up no others', async () => {
    const id = newId();
    const headers = natsHeaders();
    const attributes = {
      id,
      type: 'undertone.jobs.requested.v99',
      source: 'gateway',
      time: '2026-11-25T00:00:00Z',
    };
    for (const [attribute, value] of Object.entries(attributes)) headers.set(`ce-${attribute}`, value);
    const subject = `jobs.spotify.bulk.${id}.requested`;
    const { seq } = await jetstream(scheduler.nats).publish(subject, '{}', { headers });
    const letterId = newId();
    await advise({ id: letterId, stream_seq: seq });
    await eventually('its letter is kept', async () =>
      (await list(50)).items.some((letter) => letter.id === letterId),
    );
    await store.manager.streams.purge(stream, { filter: subject });
    expect(await dead()).toMatchObject({ status: 'open' });
  });

  it.each([
    ['of a type that this release does not know', '{"type": "io.nats.jetstream.advisory.v2.max_deliver"}'],
    ['of no type', '{"stream": 1}'],
    ['that is not JSON', 'not { json'],
  ])('are kept of what comes behind an advisory %s', async (_, body) => {
    await jetstream(scheduler.nats).publish(
      `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${stream}.${name}`,
      body,
    );
    const id = newId();
    await advise({ id, stream_seq: 1_000_000 });
    await eventually('its letter is kept', async () =>
      (await list(50)).items.some((letter) => letter.id === id),
    );
  });

  it('say in plain words which advisory is wrong, until it is deleted', async () => {
    const advisory = await jetstream(scheduler.nats).publish(
      `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${stream}.${name}`,
      JSON.stringify({ type: 'io.nats.jetstream.advisory.v1.max_deliver', id: newId() }),
    );
    const detail = async () => {
      const { dependencies } = await scheduler.rpc.ask(healthOf('scheduler'), {});
      return dependencies.projections?.detail ?? '';
    };
    const told = await eventually('it is told', async () => {
      const said = await detail();
      return said.includes(`message ${advisory.seq} of ADVISORIES`) && said;
    });
    expect(told).toMatch(/the advisory is wrong: timestamp: .*; stream: /);
    expect(told).not.toMatch(/[{[]/);
    await store.manager.streams.deleteMessage('ADVISORIES', advisory.seq);
    await eventually('all is well', async () => !(await detail()).includes('ADVISORIES'));
  });

  it.each([
    'bm9uc2Vuc2U',
    Buffer.from('["dead-letters",["2026-11-24T09:00:00Z","\\u0000"]]').toString('base64url'),
  ])('refuse the cursor %s, which they never gave', async (cursor) => {
    await expect(list(2, cursor)).rejects.toMatchObject({ status: 422 });
  });
});
