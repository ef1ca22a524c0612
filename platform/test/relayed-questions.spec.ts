import { AckPolicy } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { servicePrincipal } from '@undertone/contracts/access/principal';
import { consumers } from '@undertone/contracts/consumers';
import { streamsApiPrefix } from '@undertone/contracts/servers/nats-accounts';
import { rebuildConsumer } from '@undertone/contracts/servers/nats-permissions';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jetStreamManagerOf, jetStreamOf } from '../src/nats/jetstream.js';
import type { RunningService } from '../src/nest/start-service.js';
import { setPrincipal } from '../src/rpc/principal-header.js';
import { RpcClient } from '../src/rpc/rpc-client.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { asks, change, startThrowAway } from './fixtures/throw-away-service.js';

let infrastructure: TestInfrastructure;
let service: RunningService;
/** In the account where the question is answered, as all are on a server that has one account. */
let other: NatsConnection;

beforeAll(async () => {
  infrastructure = await startInfrastructure(['ingestion']);
  await infrastructure.provisionStreams();
  service = await startThrowAway(infrastructure.environment('ingestion'));
  other = await infrastructure.connect({}, 'ingestion');
});
afterAll(async () => {
  await service?.close();
  await infrastructure?.stop();
});

it('does nothing about a question that only the server delivers, in whoever’s name', async () => {
  const subject = 'listening.somebody.snapshot-computed';
  const carried = headers();
  setPrincipal(carried, servicePrincipal('gateway'));
  const { name: projection, filters } = consumers.listeningSnapshots;
  const name = rebuildConsumer(projection);
  const body = JSON.stringify({ pattern: change.subject, data: { how: 'well', times: 1 }, id: 'relayed' });
  const { seq } = await jetStreamOf(other).publish(subject, body, {
    headers: carried,
  });
  const manager = await jetStreamManagerOf(other);
  await manager.consumers.add('LISTENING', {
    durable_name: name,
    filter_subjects: [...filters],
    ack_policy: AckPolicy.Explicit,
  });

  const reply = change.subject;
  asks.begun = 0;
  other.publish(`${streamsApiPrefix}.DIRECT.GET.LISTENING`, JSON.stringify({ seq }), { reply });
  other.publish(`${streamsApiPrefix}.STREAM.MSG.GET.LISTENING`, JSON.stringify({ seq }), { reply });
  other.publish(`${streamsApiPrefix}.CONSUMER.MSG.NEXT.LISTENING.${name}`, JSON.stringify({ batch: 1 }), {
    reply,
  });
  other.publish(subject, body, { headers: carried, reply });
  await other.flush();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(asks.begun).toBe(0);

  const rpc = new RpcClient(await infrastructure.connect(), servicePrincipal('gateway'));
  await rpc.ask(change, { how: 'well', times: 1 });
  expect(asks.begun).toBe(1);
});
