import { request } from '@undertone/contracts/client/call';
import { queuedTask } from '@undertone/contracts/rest/queued-task';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { OtlpReceiver, type ReceivedSpan } from '@undertone/platform/test-kit/otlp-receiver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client } from '../stack/client.js';
import { Stack } from '../stack/stack.js';

let receiver: OtlpReceiver;
let stack: Stack;
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  stack = await Stack.start(receiver.environment);
});
afterAll(async () => {
  await stack?.stop();
  await receiver?.stop();
});

/** Each step of an ingest: the span, and the span it must hang from. */
const edges: [service: string, span: string, parentService: string, parent: string][] = [
  ['undertone-ingestion', 'job ingest-listening-data', 'undertone-gateway', 'append jobs.requested'],
  ['undertone-ingestion', 'ask rpc.token.access-token', 'undertone-ingestion', 'job ingest-listening-data'],
  ['undertone-token', 'answer rpc.token.access-token', 'undertone-ingestion', 'ask rpc.token.access-token'],
  [
    'undertone-ingestion',
    'append listening.snapshot-computed',
    'undertone-ingestion',
    'job ingest-listening-data',
  ],
  [
    'undertone-ingestion',
    'project ingestion-listening-snapshots',
    'undertone-ingestion',
    'append listening.snapshot-computed',
  ],
  ['undertone-ingestion', 'append jobs.succeeded', 'undertone-ingestion', 'job ingest-listening-data'],
];

it('shows one ingest as one trace, from the request to the projection', async () => {
  const client = new Client(stack.url);
  const userId = await client.join('ada');
  const input = { user_id: userId, time_range: 'medium_term' } as const;
  const response = await request(client.api, 'ingestListening', input);
  await client.ended(queuedTask.parse(await response.json()).task_id);

  const traceId = response.headers.get('x-trace-id') ?? '';
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  const inTrace = (service: string, name: string): ReceivedSpan[] =>
    receiver.spans.filter(
      (span) => span.traceId === traceId && span.service === service && span.name === name,
    );

  for (const [service, name, parentService, parentName] of edges) {
    await eventually(`${service} ${name} hangs from ${parentService} ${parentName}`, () => {
      const parents = new Set(inTrace(parentService, parentName).map(({ spanId }) => spanId));
      return inTrace(service, name).some(({ parentSpanId }) => parents.has(parentSpanId ?? ''));
    });
  }
  // The request to the gateway is above them all.
  const [append] = inTrace('undertone-gateway', 'append jobs.requested');
  const above = receiver.spans.find(({ spanId }) => spanId === append?.parentSpanId);
  expect(above).toMatchObject({ traceId, service: 'undertone-gateway' });
});
