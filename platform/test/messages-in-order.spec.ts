import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import { rebuildConsumer } from '@undertone/contracts/servers/nats-permissions';
import { streams } from '@undertone/contracts/streams';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { EventStore } from '../src/event-store/event-store.js';
import { ensureStream } from '../src/nats/ensure-streams.js';
import { messagesInOrder } from '../src/projections/messages-in-order.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { TcpProxy } from '../src/test-kit/tcp-proxy.js';

const COUNT = 60;
let infrastructure: TestInfrastructure;
let nats: NatsConnection;
let store: EventStore;
let user = 0;
let definition: ProjectionConsumerDefinition;
let first: number;

beforeAll(async () => {
  infrastructure = await startInfrastructure([]);
  nats = await infrastructure.connect();
  store = await EventStore.open(nats);
  await ensureStream(store.manager, streams.LISTENING, 1);
});
afterAll(() => infrastructure?.stop());

beforeEach(async () => {
  user += 1;
  const filters = [`listening.user-${user}.one`, `listening.user-${user}.other`];
  definition = {
    kind: 'projection',
    service: 'sample',
    name: `sample-${user}`,
    stream: 'LISTENING',
    filters,
  };
  const sequences: number[] = [];
  for (let at = 0; at < COUNT; at += 1) {
    const subject = ['one', 'other', 'neither'][at % 3];
    const ack = await jetstream(nats).publish(`listening.user-${user}.${subject}`, `message ${at};`);
    if (subject !== 'neither') sequences.push(ack.seq);
  }
  first = sequences[0] ?? 0;
});

const expected = () =>
  Array.from({ length: COUNT }, (_, at) => at).flatMap((at) => (at % 3 === 2 ? [] : [`message ${at};`]));

/** Reads all, and does something when it has so many. */
async function readAll(
  own: NatsConnection,
  from: number,
  meanwhile?: { after: number; work: () => Promise<unknown> },
) {
  const read: string[] = [];
  const manager = (await EventStore.open(own)).manager;
  for await (const message of messagesInOrder({ nats: own, manager }, definition, from)) {
    read.push(message.string());
    if (read.length === meanwhile?.after) await meanwhile.work();
    if (read.length === expected().length) break;
  }
  return read;
}

it('gives what the filters name, from a sequence on', async () => {
  expect(await readAll(nats, 1)).toEqual(expected());
  const later: string[] = [];
  for await (const message of messagesInOrder({ nats, manager: store.manager }, definition, first + 1)) {
    later.push(message.string());
    if (later.length === 3) break;
  }
  expect(later).toEqual(expected().slice(1, 4));
});

it('goes on where it was when its consumer is taken away', async () => {
  const remove = () => store.manager.consumers.delete('LISTENING', rebuildConsumer(definition.name));
  expect(await readAll(nats, first, { after: 5, work: remove })).toEqual(expected());
});

it('leaves nothing out that was lost on the way', async () => {
  const proxy = await TcpProxy.to(infrastructure.nats.url);
  const own = await infrastructure.connect({ servers: proxy.url });
  let lost = 0;
  proxy.toClient = (chunk) => {
    const text = chunk.toString('latin1');
    const without = lost > 0 ? text : text.replace(/MSG [^\r]*\r\nmessage 30;\r\n/, '');
    if (without !== text) lost += 1;
    return Buffer.from(without, 'latin1');
  };
  try {
    expect(await readAll(own, first)).toEqual(expected());
    expect(lost).toBe(1);
  } finally {
    await own.close();
    await proxy.close();
  }
});

it('removes nothing else, and is removed by the server when nobody reads', async () => {
  const all = messagesInOrder({ nats, manager: store.manager }, definition, first);
  await all.next();
  const { config } = await store.manager.consumers.info('LISTENING', rebuildConsumer(definition.name));
  expect(config.inactive_threshold).toBeGreaterThan(0);
  await all.return(undefined);
});
