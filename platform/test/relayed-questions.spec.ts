import { AckPolicy, jetstream } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { servicePrincipal } from '@undertone/contracts/access/principal';
import { consumers } from '@undertone/contracts/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStore } from '../src/event-store/event-store.js';
import { natsOptions } from '../src/nats/connect.js';
import type { RunningService } from '../src/nest/start-service.js';
import { setPrincipal } from '../src/rpc/principal-header.js';
import { RpcClient } from '../src/rpc/rpc-client.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { asks, change, startThrowAway } from './fixtures/throw-away-service.js';

let infrastructure: TestInfrastructure;
let service: RunningService;
/** Of a service that may not ask this question. */
let other: NatsConnection;

beforeAll(async () => {
  infrastructure = await startInfrastructure(['ingestion']);
  await infrastructure.provisionStreams();
  service = await startThrowAway(infrastructure.environment('ingestion'));
  const { NATS_URL = '', NATS_NKEY = '' } = infrastructure.environment('insight');
  other = await connect(natsOptions({ NATS_URL, NATS_NKEY }, 'insight'));
});
afterAll(async () => {
  await other?.close();
  await service?.close();
  await infrastructure?.stop();
});

it('does nothing about a question that only the server delivers, in whoever’s name', async () => {
  const carried = headers();
  setPrincipal(carried, servicePrincipal('gateway'));
  const { name } = consumers.insightFeedback;
  const body = JSON.stringify({ pattern: change.subject, data: { how: 'well', times: 1 }, id: 'relayed' });
  const { seq } = await jetstream(other).publish('insight.somebody.feedback-given', body, {
    headers: carried,
  });
  const { manager } = await EventStore.open(other);
  await manager.consumers.add('INSIGHT', {
    durable_name: name,
    filter_subjects: [...consumers.insightFeedback.filters],
    ack_policy: AckPolicy.Explicit,
  });

  const reply = change.subject;
  asks.begun = 0;
  other.publish('$JS.API.DIRECT.GET.INSIGHT', JSON.stringify({ seq }), { reply });
  other.publish('$JS.API.STREAM.MSG.GET.INSIGHT', JSON.stringify({ seq }), { reply });
  other.publish(`$JS.API.CONSUMER.MSG.NEXT.INSIGHT.${name}`, JSON.stringify({ batch: 1 }), { reply });
  other.publish('insight.somebody.feedback-given', body, { headers: carried, reply });
  await other.flush();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(asks.begun).toBe(0);

  const rpc = new RpcClient(await infrastructure.connect(), servicePrincipal('gateway'));
  await rpc.ask(change, { how: 'well', times: 1 });
  expect(asks.begun).toBe(1);
});
