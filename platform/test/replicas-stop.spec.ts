import type { MikroORM } from '@mikro-orm/postgresql';
import { servicePrincipal } from '@undertone/contracts/access/principal';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunningService } from '../src/nest/start-service.js';
import { RpcClient, ServiceUnavailable } from '../src/rpc/rpc-client.js';
import { eventually } from '../src/test-kit/eventually.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { connectAs } from '../src/test-kit/own-database.js';
import { Replicas } from '../src/test-kit/replicas.js';
import { asks, behave, change, startThrowAway } from './fixtures/throw-away-service.js';

const MANY = 30;

describe('a replica that stops', () => {
  let infrastructure: TestInfrastructure;
  let database: MikroORM;
  let client: RpcClient;
  let replicas: Replicas<RunningService>;
  beforeAll(async () => {
    infrastructure = await startInfrastructure(['ingestion']);
    database = await connectAs(infrastructure, 'ingestion');
    client = new RpcClient(await infrastructure.connect(), servicePrincipal('gateway'));
    replicas = new Replicas(startThrowAway, {
      ...infrastructure.environment('ingestion'),
      SHUTDOWN_GRACE_SECONDS: '30',
    });
  });
  afterEach(() => replicas.stop());
  afterAll(async () => {
    await database?.close();
    await infrastructure?.stop();
  });

  // So long a deadline that none of them is asked again.
  const ask = (definition: typeof behave, how: 'well' | 'count' | 'name') =>
    client.ask({ ...definition, timeoutMs: 60_000 }, { how, times: 1 });
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
    await replicas.add();
    const stopping = await replicas.add();
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
    const last = await replicas.add();
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
    const replica = await replicas.add({ SHUTDOWN_GRACE_SECONDS: '1' });
    asks.begun = 0;
    const unanswered = client.ask({ ...change, timeoutMs: 4_000 }, { how: 'hang', times: 1 });
    await eventually('it is in hand', () => asks.begun === 1);
    const [refused] = await Promise.allSettled([unanswered, replica.close()]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'SERVICE_UNAVAILABLE' } });
  });
});
