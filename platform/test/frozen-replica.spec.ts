import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningService } from '../src/nest/start-service.js';
import { ServiceUnavailable } from '../src/rpc/rpc-client.js';
import { eventually } from '../src/test-kit/eventually.js';
import { ServiceUnderTest } from '../src/test-kit/service-under-test.js';
import { Child } from './fixtures/child.js';
import { behave, change, startThrowAway } from './fixtures/throw-away-service.js';

const MANY = 40;

describe('where one of two replicas is frozen', () => {
  let nats: NatsConnection;
  let replicas: ServiceUnderTest<RunningService>;
  let frozen: Child;
  beforeAll(async () => {
    replicas = await ServiceUnderTest.prepare({ schema: 'ingestion', start: startThrowAway });
    ({ nats } = replicas);
    await replicas.start();
    frozen = Child.start('throw-away-main.ts', { ...replicas.environment, MAIN: 'run' });
    await frozen.says('ready');
    frozen.signal('SIGSTOP');
  });
  afterAll(async () => {
    await frozen?.kill();
    await replicas?.stop();
  });

  /** How often a question goes out, for the first and for a second time; until it is let go it counts as somebody there. */
  function counted({ subject }: { readonly subject: string }) {
    const asked = { first: 0, again: 0 };
    const count = (time: keyof typeof asked) => {
      asked[time] += 1;
    };
    const heard = [
      nats.subscribe(subject, { callback: () => count('first') }),
      nats.subscribe(`${subject}.again`, { callback: () => count('again') }),
    ];
    const letGo = () => {
      for (const subscription of heard) subscription.unsubscribe();
    };
    return { asked, letGo };
  }
  const many = (definition: typeof behave) =>
    Promise.allSettled(
      Array.from({ length: MANY }, () => replicas.ask(definition, { how: 'well', times: 1 })),
    );
  const answered = (all: Awaited<ReturnType<typeof many>>) =>
    all.filter(({ status }) => status === 'fulfilled').length;

  it('every read is answered within its deadline, whatever else hangs, and no write is asked twice', async () => {
    const elsewhere = { ...behave, service: 'token', subject: 'rpc.token.behave' };
    const silence = [elsewhere.subject, `${elsewhere.subject}.again`].map((subject) =>
      nats.subscribe(subject),
    );
    const hanging = many(elsewhere);
    const reads = counted(behave);
    const writes = counted(change);
    const [read, written] = await Promise.all([many(behave), many(change)]);
    for (const { letGo } of [reads, writes]) letGo();
    expect(answered(await hanging)).toBe(0);
    for (const subscription of silence) subscription.unsubscribe();
    expect(answered(read)).toBe(MANY);
    expect(reads.asked.first).toBe(MANY);
    // Else the frozen one got nothing, and this shows nothing.
    expect(reads.asked.again).toBeGreaterThan(0);
    expect(answered(written)).toBeLessThan(MANY);
    expect(writes.asked).toEqual({ first: MANY, again: 0 });
  });

  it('it is soon asked nothing more, and again when it runs on', async () => {
    await replicas.stopService();
    await eventually(
      'the server takes it for gone',
      async () => {
        const asking = replicas.ask({ ...change, timeoutMs: 500 }, { how: 'well', times: 1 });
        const error = await asking.catch((refused: unknown) => refused);
        return error instanceof ServiceUnavailable && error.reachedNobody;
      },
      40_000,
    );
    frozen.signal('SIGCONT');
    await eventually('it is back', () => replicas.ask(change, { how: 'well', times: 1 }));
  });
});

describe('where a service is merely slow', () => {
  let slow: ServiceUnderTest<RunningService>;
  beforeAll(async () => {
    slow = await ServiceUnderTest.prepare({ schema: 'ingestion', start: startThrowAway });
    await slow.start();
  });
  afterAll(() => slow?.stop());

  it('few of its questions are asked again at once', async () => {
    let again = 0;
    const count = () => {
      again += 1;
    };
    slow.nats.subscribe(`${behave.subject}.again`, { callback: count });
    const impatient = { ...behave, timeoutMs: 1_500 };
    const asked = Array.from({ length: MANY }, () => slow.ask(impatient, { how: 'hang', times: 1 }));
    const all = await Promise.allSettled(asked);
    expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(MANY);
    expect(again).toBeGreaterThan(0);
    expect(again).toBeLessThan(MANY / 2);
  });
});
