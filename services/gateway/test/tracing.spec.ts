import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { userExists } from '@undertone/contracts/identity/rpc';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { startTelemetry, type Telemetry } from '@undertone/platform/telemetry/start';
import { OtlpReceiver } from '@undertone/platform/test-kit/otlp-receiver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSystem, type TestSystem } from './system.js';

let receiver: OtlpReceiver;
let telemetry: Telemetry;
let system: TestSystem;
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  Object.assign(process.env, receiver.environment);
  telemetry = startTelemetry('gateway', process.env);
  system = await startSystem();
});
afterAll(async () => {
  await system.stop();
  await receiver.stop();
});

/** With `node:http`, because telemetry gives this process's own `fetch` a trace of its own. */
const post = (url: string, { user_id, traceparent }: { user_id: string; traceparent: string }) =>
  new Promise<{ taskId: string; traceId: unknown }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', traceparent };
    const sent = request(url, { method: 'POST', headers }, async (response) => {
      const body = (await json(response)) as { task_id: string };
      resolve({ taskId: body.task_id, traceId: response.headers['x-trace-id'] });
    });
    sent.on('error', reject).end(JSON.stringify({ user_id }));
  });

it('a request is one trace, from the caller’s span to the append and the questions', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const user_id = newId();
  system.behind.users.set('ada', user_id);
  const reply = await post(`${system.url}/api/listening/ingest?time_range=short_term`, {
    user_id,
    traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
  });
  expect(reply.traceId).toBe(traceId);
  const missing = await system.send('GET', `/api/tasks/${newId()}`);
  expect(missing.status).toBe(404);

  const { store } = system;
  const event = await store.last('JOBS', anyJobFilter(reply.taskId));
  const asked = system.behind.questions.find(({ subject }) => subject === userExists.subject);
  await telemetry.stop();

  const own = receiver.spans.filter((span) => span.traceId === traceId);
  const server = own.find(({ name }) => name === 'POST /api/listening/ingest');
  expect(server).toMatchObject({ parentSpanId: '00f067aa0ba902b7' });
  const attributes = Object.fromEntries(
    server?.attributes.map(({ key, value }) => [key, value.stringValue]) ?? [],
  );
  expect(attributes).toMatchObject({
    'http.request.method': 'POST',
    'http.route': '/api/listening/ingest',
    'url.path': '/api/listening/ingest',
  });
  const append = own.find(({ name }) => name === 'append jobs.requested');
  const ask = own.find(({ name }) => name === `ask ${userExists.subject}`);
  expect([append?.parentSpanId, ask?.parentSpanId]).toEqual([server?.spanId, server?.spanId]);
  expect(event?.traceparent).toBe(`00-${traceId}-${append?.spanId}-01`);
  expect(asked?.traceparent).toBe(`00-${traceId}-${ask?.spanId}-01`);

  // A client's mistake is not the server's error.
  const refused = receiver.spans.find(({ name }) => name === 'GET /api/tasks/:task_id');
  expect(refused?.traceId).toBe(missing.headers.get('x-trace-id'));
  expect(refused?.status?.code ?? 0).toBe(0);
});
