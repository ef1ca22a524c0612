import { headers, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { context, trace } from '@opentelemetry/api';
import { anonymous, localOperator, servicePrincipal } from '@undertone/contracts/access/principal';
import { defineRpc } from '@undertone/contracts/rpc';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { RunningService } from '../src/nest/start-service.js';
import { Refused, RpcClient, ServiceUnavailable } from '../src/rpc/rpc-client.js';
import { startTelemetry, type Telemetry } from '../src/telemetry/start.js';
import { contextFrom } from '../src/telemetry/tracing.js';
import { answer } from '../src/test-kit/answer.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { TcpProxy } from '../src/test-kit/tcp-proxy.js';
import { behave, change, startThrowAway } from './fixtures/throw-away-service.js';

// The log of broken answers reads it when it is loaded.
vi.hoisted(() => {
  process.env.LOG_LEVEL = 'silent';
});

describe('questions between services', () => {
  let telemetry: Telemetry;
  let infrastructure: TestInfrastructure;
  let database: TcpProxy;
  let service: RunningService;
  let nats: NatsConnection;
  let client: RpcClient;
  beforeAll(async () => {
    telemetry = startTelemetry('test', process.env);
    infrastructure = await startInfrastructure(['ingestion']);
    await infrastructure.provisionStreams();
    database = await TcpProxy.to(infrastructure.databaseUrl('ingestion'));
    service = await startThrowAway({
      ...infrastructure.environment('ingestion'),
      DATABASE_URL: database.url,
    });
    nats = await infrastructure.connect();
    client = new RpcClient(nats, servicePrincipal('gateway'));
  });
  afterAll(async () => {
    await service?.close();
    await database?.close();
    await infrastructure?.stop();
    await telemetry?.stop();
  });

  const ask = (how: z.output<typeof behave.input>['how']) => client.ask(behave, { how, times: 1 });

  it('are answered', async () => {
    expect(await ask('well')).toMatchObject({ echo: 'well' });
  });

  it('get the defaults of their schema', async () => {
    expect(await client.ask(behave, { how: 'well' } as never)).toMatchObject({ echo: 'well' });
  });

  it('carry the trace that they are part of', async () => {
    const { answered, asking } = await trace.getTracer('test').startActiveSpan('outer', async (span) => {
      const answered = await ask('well');
      span.end();
      return { answered, asking: span.spanContext() };
    });
    expect(answered.traceparent).toMatch(new RegExp(`^00-${asking.traceId}-[0-9a-f]{16}-01$`));
    // The question has a span of its own between the two.
    expect(answered.traceparent).not.toContain(asking.spanId);
  });

  it('carry what other systems say of the trace', async () => {
    const parent = contextFrom({
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=opaque',
    });
    const answered = await context.with(parent, () => ask('well'));
    expect(answered.traceparent).toContain('0af7651916cd43dd8448eb211c80319c');
    expect(answered.tracestate).toBe('vendor=opaque');
  });

  it('are refused with the code and status of the service', async () => {
    const refused = ask('refuse');
    await expect(refused).rejects.toBeInstanceOf(Refused);
    await expect(refused).rejects.toMatchObject({
      code: 'NO_SUCH_THING',
      status: 404,
      message: 'there is no such thing',
    });
  });

  it('are refused where a decider rejects the command, with the status of its code', async () => {
    const rejected = ask('reject');
    await expect(rejected).rejects.toBeInstanceOf(Refused);
    await expect(rejected).rejects.toMatchObject({
      code: 'REPLAY_STATE',
      status: 409,
      message: 'it is over',
      errors: [{ path: 'id', message: 'is of one that is over' }],
    });
  });

  it('are refused when they are badly put, with every fault named', async () => {
    const refused = client.ask(behave, { how: 'politely', times: 'often' } as never);
    await expect(refused).rejects.toBeInstanceOf(Refused);
    await expect(refused).rejects.toMatchObject({ code: 'BAD_QUESTION', status: 422 });
    await expect(refused).rejects.toThrow(/how: .*times: /);
  });

  it.each([
    ['nobody', anonymous],
    ['the local operator', localOperator],
  ])('are refused when %s asks what only services may ask', async (_, caller) => {
    const refused = new RpcClient(nats, caller).ask(behave, { how: 'well', times: 1 });
    await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 });
  });

  it.each([
    ['nothing', undefined],
    ['what is no principal', '{"who":{"kind":"emperor"}}'],
    ['what is not JSON', 'local_operator'],
  ])('are refused, for now, when they say %s of who is asking', async (_, said) => {
    const carried = headers();
    if (said) carried.set('Undertone-Principal', said);
    const packet = { pattern: behave.subject, data: { how: 'well', times: 1 }, id: 'of-an-older-release' };
    const reply = await nats.request(behave.subject, JSON.stringify(packet), {
      headers: carried,
      timeout: 5_000,
    });
    expect(reply.json()).toMatchObject({ err: { code: 'CALLER_UNKNOWN', status: 503 } });
  });

  it.each([
    ['is done a little later: clocks differ', 1, { response: { echo: 'well' } }],
    ['is refused long after whoever asked has given up', 60, { err: { code: 'SERVICE_UNAVAILABLE' } }],
  ])('that change something: what %s', async (_, seconds, reply) => {
    const carried = headers();
    carried.set('Undertone-Principal', JSON.stringify(servicePrincipal('gateway')));
    carried.set('Undertone-Deadline', String(Date.now() - seconds * 1_000));
    const packet = {
      pattern: change.subject,
      data: { how: 'well', times: 1 },
      id: 'of-a-replica-that-slept',
    };
    const answered = await nats.request(change.subject, JSON.stringify(packet), {
      headers: carried,
      timeout: 5_000,
    });
    expect(answered.json()).toMatchObject(reply);
  });

  it('do not learn what broke inside', async () => {
    const broken = ask('break').catch((error: unknown) => error);
    expect(await broken).toMatchObject({ code: 'INTERNAL', status: 500 });
    expect(JSON.stringify(await broken, Object.getOwnPropertyNames(await broken))).not.toContain('hunter2');
  });

  it('may be asked again when the log did not answer', async () => {
    await expect(ask('wait')).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', status: 503 });
  });

  it('are refused for the time that Postgres is away, in the words of a service that does not answer', async () => {
    expect(await ask('count')).toMatchObject({ echo: '0' });
    await database.close();
    // On the connections that it had, then on new ones.
    for (let times = 1; times <= 3; times += 1) {
      await expect(ask('count')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', status: 503 });
    }
    await database.open();
    expect(await ask('count')).toMatchObject({ echo: '0' });
  });

  it('are refused, at once, where the answer is larger than the server takes, and the next one is answered', async () => {
    const boast = (times: number) => client.ask(behave, { how: 'boast', times });
    expect((await boast(1_000_000)).echo).toHaveLength(1_000_000);
    for (const bytes of [1_048_576, 5_000_000]) {
      await expect(boast(bytes)).rejects.toMatchObject({
        code: 'ANSWER_TOO_LARGE',
        status: 500,
        message: expect.stringContaining(`${bytes}`.slice(0, 3)),
      });
    }
    expect(await ask('well')).toMatchObject({ echo: 'well' });
  });

  it('are not sent where they are larger than the server takes, and the next one is answered', async () => {
    const tell = (bytes: number) => client.ask(behave, { how: 'well', times: 1, more: 'x'.repeat(bytes) });
    expect(await tell(1_000_000)).toMatchObject({ echo: 'well' });
    for (const bytes of [1_048_576, 5_000_000]) {
      await expect(tell(bytes)).rejects.toMatchObject({
        name: 'Refused',
        code: 'QUESTION_TOO_LARGE',
        status: 413,
        message: expect.stringContaining(`${bytes}`.slice(0, 3)),
      });
    }
    expect(await ask('well')).toMatchObject({ echo: 'well' });
  });

  it('say so where what they would record is too large for an event', async () => {
    await expect(client.ask(behave, { how: 'record', times: 2_000_000 })).rejects.toMatchObject({
      code: 'EVENT_TOO_LARGE',
      status: 413,
      message: expect.stringContaining('"top_tracks"'),
    });
  });

  it('refuse an answer that does not fit', async () => {
    await expect(ask('lie')).rejects.toThrow(/expected string/);
  });

  it('say so at once when nobody is there', async () => {
    const nobody = defineRpc({
      service: 'token',
      question: 'nobody',
      access: 'service',
      input: z.object({}),
      output: z.object({}),
      timeoutMs: 30_000,
    });
    const since = Date.now();
    const unanswered = client.ask(nobody, {});
    await expect(unanswered).rejects.toBeInstanceOf(ServiceUnavailable);
    await expect(unanswered).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', service: 'token' });
    expect(Date.now() - since).toBeLessThan(5_000);
  });

  it('are asked again where somebody comes in a moment, unless they change something', async () => {
    const greet = (isWrite?: true) =>
      defineRpc({
        service: 'token',
        question: 'greet',
        access: 'service',
        ...(isWrite && { isWrite }),
        input: z.object({}),
        output: z.object({ hello: z.string() }),
      });
    const proxy = await TcpProxy.to(infrastructure.nats.url);
    const asking = await infrastructure.connect({ servers: proxy.url });
    const caller = new RpcClient(asking, servicePrincipal('gateway'));
    let somebody: Subscription | undefined;
    proxy.toClient = (chunk) => {
      if (chunk.includes('NATS/1.0 503')) somebody ??= answer(nats, greet(), () => ({ hello: 'there' }));
      return chunk;
    };
    await expect(caller.ask(greet(true), {})).rejects.toMatchObject({ reachedNobody: true });
    somebody?.unsubscribe();
    somebody = undefined;
    await nats.flush();
    expect(await caller.ask(greet(), {})).toEqual({ hello: 'there' });
    await asking.close();
    await proxy.close();
  });

  it.each([
    ['its own deadline', () => client.ask({ ...behave, timeoutMs: 300 }, { how: 'hang', times: 1 })],
    [
      'the caller’s',
      () => new RpcClient(nats, servicePrincipal('gateway'), 300).ask(behave, { how: 'hang', times: 1 }),
    ],
  ])('wait for a slow answer no longer than %s', async (_, question) => {
    const since = Date.now();
    await expect(question()).rejects.toBeInstanceOf(ServiceUnavailable);
    const waited = Date.now() - since;
    expect(waited).toBeGreaterThanOrEqual(290);
    expect(waited).toBeLessThan(3_000);
  });
});
