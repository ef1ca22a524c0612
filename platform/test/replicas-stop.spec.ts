import type { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunningService } from '../src/nest/start-service.js';
import { ServiceUnavailable } from '../src/rpc/rpc-client.js';
import { eventually } from '../src/test-kit/eventually.js';
import { connectAs } from '../src/test-kit/own-database.js';
import { ServiceUnderTest } from '../src/test-kit/service-under-test.js';
import { asks, behave, change, startThrowAway } from './fixtures/throw-away-service.js';

const MANY = 30;

describe('a replica that stops', () => {
  let database: MikroORM;
  let replicas: ServiceUnderTest<RunningService>;
  beforeAll(async () => {
    replicas = await ServiceUnderTest.prepare({
      schema: 'ingestion',
      start: startThrowAway,
      settings: { SHUTDOWN_GRACE_SECONDS: '30' },
    });
    database = await connectAs(replicas.infrastructure, 'ingestion');
    replicas.onStop(() => database.close());
  });
  afterEach(() => replicas.stopService());
  afterAll(() => replicas?.stop());

  // So long a deadline that none of them is asked again.
  const ask = (definition: typeof behave, how: 'well' | 'count' | 'name') =>
    replicas.ask({ ...definition, timeoutMs: 60_000 }, { how, times: 1 });
  const many = (definition: typeof behave, how: 'well' | 'count' | 'name') =>
    Array.from({ length: MANY }, () => ask(definition, how));

  /** Asks what waits for a lock, until all of it is in hand. @returns the answers, and how to let go of the lock. */
  async function heldQuestions(...definitions: readonly (typeof behave)[]) {
    const lock = database.em.fork();
    await lock.begin();
    await lock.execute('lock table ingestion.ingest in access exclusive mode');
    asks.begun = 0;
    const held = definitions.flatMap((definition) => many(definition, 'count'));
    await eventually('all are in hand', () => asks.begun === held.length);
    return { answers: Promise.all(held), release: () => lock.commit() };
  }

  const closes = (replica: RunningService) => {
    const closing = { isOver: false, done: Promise.resolve() };
    closing.done = replica.close().then(() => {
      closing.isOver = true;
    });
    return closing;
  };

  it('leaves new questions to others, and answers those that it has', async () => {
    await replicas.start();
    const stopping = await replicas.start();
    const held = await heldQuestions(behave, change);
    const closing = closes(stopping);
    // Of two that answer, one alone gets them all once in half a billion times.
    await eventually('the other one gets all', async () => {
      const meanwhile = await Promise.all([...many(behave, 'name'), ...many(change, 'name')]);
      return new Set(meanwhile.map(({ echo }) => echo)).size === 1;
    });
    expect(closing.isOver).toBe(false);
    await held.release();
    expect((await held.answers).map(({ echo }) => echo)).toEqual(Array(2 * MANY).fill('0'));
    await closing.done;
  });

  it('answers those that it has where it was the last, and the next ones fail at once', async () => {
    const last = await replicas.start();
    const held = await heldQuestions(behave);
    const closing = closes(last);
    await eventually('nobody takes a question', async () => {
      const error = await ask(behave, 'well').catch((refused: unknown) => refused);
      return error instanceof ServiceUnavailable && error.reachedNobody;
    });
    await expect(ask(change, 'well')).rejects.toMatchObject({ reachedNobody: true });
    expect(closing.isOver).toBe(false);
    await held.release();
    expect((await held.answers).map(({ echo }) => echo)).toEqual(Array(MANY).fill('0'));
    await closing.done;
  });

  it('does not wait for ever for one that is never answered', async () => {
    const replica = await replicas.start({ SHUTDOWN_GRACE_SECONDS: '1' });
    asks.begun = 0;
    const unanswered = replicas.ask({ ...change, timeoutMs: 4_000 }, { how: 'hang', times: 1 });
    await eventually('it is in hand', () => asks.begun === 1);
    const [refused] = await Promise.allSettled([unanswered, replica.close()]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'SERVICE_UNAVAILABLE' } });
  });
});
