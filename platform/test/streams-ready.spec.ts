import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { servicePrincipal } from '@undertone/contracts/access/principal';
import { healthOf } from '@undertone/contracts/health';
import { definitionsVersion, objectBucket, streams } from '@undertone/contracts/streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureStream } from '../src/nats/ensure-streams.js';
import { StreamsNotReady, streamsReady } from '../src/nats/streams-ready.js';
import { RpcClient } from '../src/rpc/rpc-client.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { startThrowAway } from './fixtures/throw-away-service.js';

let infrastructure: TestInfrastructure;
let nats: NatsConnection;
let manager: JetStreamManager;
beforeAll(async () => {
  infrastructure = await startInfrastructure(['ingestion']);
  nats = await infrastructure.connect();
  manager = await jetstreamManager(nats);
});
afterAll(() => infrastructure?.stop());

it('tells a stream that is missing, and one of an older release', async () => {
  await expect(streamsReady(manager, ['TOKEN'])).rejects.toThrow(StreamsNotReady);
  await ensureStream(manager, streams.TOKEN, 1, definitionsVersion - 1);
  await expect(streamsReady(manager, ['TOKEN'])).rejects.toThrow('stream TOKEN is of an older release');
  await ensureStream(manager, streams.TOKEN, 1, definitionsVersion);
  await streamsReady(manager, ['TOKEN']);
});

it('has a service wait until whoever may has made the streams', async () => {
  let started = false;
  const starting = startThrowAway(infrastructure.environment('ingestion')).then((service) => {
    started = true;
    return service;
  });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(started).toBe(false);
  await infrastructure.provisionStreams();
  const service = await starting;
  const asked = new RpcClient(nats, servicePrincipal('gateway')).ask(healthOf('ingestion'), {});
  expect(await asked).toMatchObject({ status: 'up' });
  await service.close();
});

it('makes every stream and the bucket, and a second time changes nothing', async () => {
  await infrastructure.provisionStreams();
  const infos = async () => {
    const names = [...Object.keys(streams), `OBJ_${objectBucket}`];
    return Promise.all(names.map(async (name) => (await manager.streams.info(name)).config));
  };
  const before = await infos();
  await infrastructure.provisionStreams();
  expect(await infos()).toEqual(before);
});
