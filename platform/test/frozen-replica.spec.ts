import type { NatsConnection } from '@nats-io/transport-node';
import { servicePrincipal } from '@undertone/contracts/access/principal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningService } from '../src/nest/start-service.js';
import { RpcClient, ServiceUnavailable } from '../src/rpc/rpc-client.js';
import { eventually } from '../src/test-kit/eventually.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { Replicas } from '../src/test-kit/replicas.js';
import { Child } from './fixtures/child.js';
import { behave, change, startThrowAway } from './fixtures/throw-away-service.js';

const MANY = 40;

describe('where one of two replicas is frozen', () => {
  let infrastructure: TestInfrastructure;
  let nats: NatsConnection;
  let client: RpcClient;
  let replicas: Replicas<RunningService>;
  let frozen: Child;
  beforeAll(async () => {
    infrastructure = await startInfrastructure(['ingestion']);
    const environment = infrastructure.environment('ingestion');
    nats = await infrastructure.connect();
    client = new RpcClient(nats, servicePrincipal('gateway'));
    replicas = new Replicas(startThrowAway, environment);
    await replicas.add();
    frozen = Child.start('throw-away-main.ts', { ...environment, MAIN: 'run' });
    await frozen.says('ready');
    frozen.signal('SIGSTOP');
  });
  afterAll(async () => {
    await frozen?.kill();
    await replicas?.stop();
    await infrastructure?.stop();
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
    Promise.allSettled(Array.from({ length: MANY }, () => client.ask(definition, { how: 'well', times: 1 })));
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
    await replicas.stop();
    await eventually(
      'the server takes it for gone',
      async () => {
        const asking = client.ask({ ...change, timeoutMs: 500 }, { how: 'well', times: 1 });
        const error = await asking.catch((refused: unknown) => refused);
        return error instanceof ServiceUnavailable && error.reachedNobody;
      },
      40_000,
    );
    frozen.signal('SIGCONT');
    await eventually('it is back', () => client.ask(change, { how: 'well', times: 1 }));
  });
});

describe('where a service is merely slow', () => {
  let infrastructure: TestInfrastructure;
  let service: RunningService;
  beforeAll(async () => {
    infrastructure = await startInfrastructure(['ingestion']);
    service = await startThrowAway(infrastructure.environment('ingestion'));
  });
  afterAll(async () => {
    await service?.close();
    await infrastructure?.stop();
  });

  it('few of its questions are asked again at once', async () => {
    const nats = await infrastructure.connect();
    let again = 0;
    const count = () => {
      again += 1;
    };
    nats.subscribe(`${behave.subject}.again`, { callback: count });
    const client = new RpcClient(nats, servicePrincipal('gateway'));
    const slow = { ...behave, timeoutMs: 1_500 };
    const asked = Array.from({ length: MANY }, () => client.ask(slow, { how: 'hang', times: 1 }));
    const all = await Promise.allSettled(asked);
    expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(MANY);
    expect(again).toBeGreaterThan(0);
    expect(again).toBeLessThan(MANY / 2);
  });
});
