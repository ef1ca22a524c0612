import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type ConsumerDefinition, consumers, workerConsumers } from '@undertone/contracts/consumers';
import { type QueueDefinition, queues } from '@undertone/contracts/jobs/queues';
import { questions } from '@undertone/contracts/questions';
import { inOwnAccount } from '@undertone/contracts/servers/nats-accounts';
import { rebuildConsumer } from '@undertone/contracts/servers/nats-permissions';
import {
  asks,
  clients,
  erasedBy,
  followers,
  overseers,
  pausers,
  purgers,
  requesters,
  storers,
  unread,
  writers,
} from '@undertone/contracts/servers/who-does-what';
import type { AskerName } from '@undertone/contracts/service-name';
import { objectBucket, type StreamDefinition, streams } from '@undertone/contracts/streams';
import { natsOptions } from '@undertone/platform/nats/connect';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSeed } from '../../deploy/nkeys.mjs';

let infrastructure: TestInfrastructure;
beforeAll(async () => {
  infrastructure = await startInfrastructure([]);
  await infrastructure.provisionStreams();
});
afterAll(() => infrastructure?.stop());

/** A subject, and whose it is. */
type Owned = readonly [subject: string, owners: readonly AskerName[]];

const nobody: readonly AskerName[] = [];
/** One subject of a filter. */
const oneOf = (filter: string): string => filter.replaceAll('*', 'x').replace(/>$/, 'x.y');
const allConsumers = Object.values<ConsumerDefinition>(consumers);
const bucket = `OBJ_${objectBucket}`;

/** Who reads a stream: whoever consumes of it or writes to it; everybody has to do with jobs. */
function readersOf({ name, subjects }: StreamDefinition): readonly AskerName[] {
  if (name === 'JOBS') return clients;
  const consuming = allConsumers.filter(({ stream }) => stream === name).map(({ service }) => service);
  const writing = subjects.flatMap((subject) => writers[subject as keyof typeof writers]);
  return clients.filter((client) => consuming.includes(client) || writing.includes(client));
}

const events: Owned[] = Object.values<StreamDefinition>(streams).flatMap(({ name, subjects }) =>
  name === 'JOBS'
    ? []
    : subjects.map((subject): Owned => [oneOf(subject), writers[subject as keyof typeof writers]]),
);

const jobs: Owned[] = Object.entries<QueueDefinition>(queues).flatMap(([queue, { service, lanes }]) =>
  lanes.flatMap((lane): Owned[] => {
    const workers = [...writers['jobs.*.*.*.*'], service];
    return [
      [`jobs.${queue}.${lane}.x.requested`, [...workers, ...requesters]],
      [`jobs.${queue}.${lane}.x.status`, workers],
      [`jobs-waiting.${queue}.${lane}.x`, [...writers['jobs-waiting.*.*.*'], service]],
      [`jobs-due.${queue}.${lane}.x`, writers['jobs-due.*.*.*']],
    ];
  }),
);

const asked: Owned[] = questions.flatMap(({ subject, isWrite }): Owned[] => {
  const owners = clients.filter((client) => asks[client].some((one) => one.subject === subject));
  return [
    [subject, owners],
    [`${subject}.again`, isWrite ? nobody : owners],
  ];
});

it('lets each service overwrite messages of the streams that it writes about people, and of no other', () => {
  expect(Object.fromEntries(clients.map((client) => [client, erasedBy(client)]))).toEqual({
    gateway: [],
    identity: ['IDENTITY'],
    token: ['TOKEN'],
    ingestion: ['LISTENING'],
    insight: ['INSIGHT'],
    scheduler: ['JOBS'],
  });
});

/** What the server offers of a stream: nobody but its readers reads, and nobody changes it. */
const ofStreams: Owned[] = [
  ...Object.values<StreamDefinition>(streams).map((one) => ({
    name: one.name,
    seers: readersOf(one),
    readers: readersOf(one).filter((client) => !(unread[client] as readonly string[])?.includes(one.name)),
  })),
  { name: bucket, seers: storers, readers: storers },
].flatMap(({ name, seers, readers }): Owned[] => [
  [`$JS.API.STREAM.INFO.${name}`, seers],
  ...['STREAM.MSG.GET', 'DIRECT.GET'].map((what): Owned => [`$JS.API.${what}.${name}`, readers]),
  [`$JS.API.DIRECT.GET.${name}.x.y`, readers],
  [
    `$JS.API.STREAM.PURGE.${name}`,
    clients.filter((client) => (purgers[client] as readonly string[] | undefined)?.includes(name)),
  ],
  [
    `$JS.API.STREAM.MSG.DELETE.${name}`,
    name === bucket
      ? storers
      : clients.filter((client) => (erasedBy(client) as readonly string[]).includes(name)),
  ],
  ...['CREATE', 'UPDATE', 'DELETE', 'SNAPSHOT', 'RESTORE', 'LEADER.STEPDOWN', 'PEER.REMOVE'].map(
    (what): Owned => [`$JS.API.STREAM.${what}.${name}`, nobody],
  ),
  ...['LIST', 'NAMES', 'CREATE'].map((what): Owned => [`$JS.API.CONSUMER.${what}.${name}`, nobody]),
]);

const ofConsumers: Owned[] = allConsumers.flatMap(({ kind, service, stream, name }): Owned[] => {
  const own = [service] as AskerName[];
  const isWorker = workerConsumers.some((one) => one.name === name);
  const of = (what: string, consumer: string, owners: readonly AskerName[]): Owned => [
    `$JS.API.CONSUMER.${what}.${stream}.${consumer}`,
    owners,
  ];
  return [
    of('INFO', name, isWorker ? [...own, ...overseers] : own),
    of('MSG.NEXT', name, own),
    of('DURABLE.CREATE', name, own),
    of('RESET', name, kind === 'projection' ? own : nobody),
    [`$JS.ACK.${stream}.${name}.1.1.1.1.1`, own],
    of('PAUSE', name, isWorker ? pausers : nobody),
    ...['CREATE', 'DELETE', 'UNPIN', 'LEADER.STEPDOWN'].map((what) => of(what, name, nobody)),
    of('CREATE', `${name}.x`, nobody),
    ...['INFO', 'MSG.NEXT', 'DURABLE.CREATE', 'DELETE'].map((what) =>
      of(what, rebuildConsumer(name), kind === 'projection' ? own : nobody),
    ),
  ];
});

const others: Owned[] = [
  [`$O.${objectBucket}.C.x`, storers],
  [`$O.${objectBucket}.M.x`, storers],
  ...[
    'INFO',
    'STREAM.LIST',
    'STREAM.NAMES',
    'STREAM.CREATE.MINE',
    'ACCOUNT.PURGE.x',
    'META.LEADER.STEPDOWN',
  ].map((what): Owned => [`$JS.API.${what}`, nobody]),
  ...['$SYS.REQ.SERVER.PING', '$SYS.REQ.USER.INFO', '_INBOX.x', 'anything', 'a.b.c'].map(
    (subject): Owned => [subject, nobody],
  ),
  ...[...clients, 'operator'].map((client): Owned => [`_INBOX_${client}.x.1`, nobody]),
];

const allOfThem: readonly Owned[] = [...events, ...jobs, ...asked, ...ofStreams, ...ofConsumers, ...others];
const published: readonly Owned[] = [
  ...allOfThem.map(([subject, owners]): Owned => [inOwnAccount(subject), owners]),
  // Of its own account's API, which has no streams, nobody needs anything.
  ...allOfThem.flatMap(([subject]): Owned[] => (subject.startsWith('$JS.API.') ? [[subject, nobody]] : [])),
];

const answering = (service: string): AskerName[] => clients.filter((client) => client === service);
/** A filter, and who may listen to it. */
const listenedTo: readonly Owned[] = [
  ...[
    '>',
    '*.x.y',
    '$JS.>',
    '$JS.API.>',
    '$JS.ACK.>',
    '$SYS.>',
    '_INBOX.>',
    '_INBOX.x',
    'rpc.>',
    'rpc.*.health',
  ].map((filter): Owned => [filter, nobody]),
  ...[...clients, 'operator'].map((client): Owned => [`_INBOX_${client}.>`, answering(client)]),
  ...questions.map(({ subject, service }): Owned => [subject, answering(service)]),
  ...Object.values<StreamDefinition>(streams).flatMap(({ subjects }) =>
    subjects.map((subject): Owned => {
      const following = clients.filter((client) =>
        followers[client]?.some((filter) => subject.startsWith(filter.slice(0, -1))),
      );
      return [subject, following];
    }),
  ),
  ...Object.entries<QueueDefinition>(queues).flatMap(([queue, { service, lanes }]) =>
    lanes.map((lane): Owned => [`jobs.${queue}.${lane}.x.status`, [...answering(service), 'gateway']]),
  ),
  [`$O.${objectBucket}.>`, nobody],
];

/** Does something on a connection, and gives what the server refused. */
async function refusedOf(
  nats: NatsConnection,
  operation: 'publish' | 'subscription',
  work: () => void,
): Promise<string[]> {
  const refused: string[] = [];
  const heard = (async () => {
    for await (const status of nats.status()) {
      if (status.type !== 'error') continue;
      const error = status.error as Error & { operation?: string; subject?: string };
      if (error.operation === operation && error.subject) refused.push(error.subject);
    }
  })();
  work();
  // The server says its refusals in order, before it answers this.
  await nats.flush();
  await nats.flush();
  await nats.close();
  await heard;
  return refused.sort();
}

const connectAs = (service: string): Promise<NatsConnection> => {
  const { NATS_URL = '', NATS_NKEY = '' } = infrastructure.environment(service);
  return connect({ ...natsOptions({ NATS_URL, NATS_NKEY }, service), waitOnFirstConnect: false });
};

const foreign = (all: readonly Owned[], service: AskerName): string[] =>
  all.flatMap(([subject, owners]) => (owners.includes(service) ? [] : [subject])).sort();

describe.each(clients)('the credentials of %s', (service) => {
  it('publish and ask what is its own, and nothing else', async () => {
    const nats = await connectAs(service);
    const refused = await refusedOf(nats, 'publish', () => {
      for (const [subject] of published) nats.publish(subject);
    });
    expect(refused).toEqual(foreign(published, service));
    expect(refused.length).toBeGreaterThan(300);
  });

  it('listen to what is its own, and to nothing else', async () => {
    const nats = await connectAs(service);
    const refused = await refusedOf(nats, 'subscription', () => {
      for (const [filter] of listenedTo) nats.subscribe(filter, { callback: () => undefined });
    });
    expect(refused).toEqual(foreign(listenedTo, service));
  });
});

describe('who has no credentials', () => {
  const open = (more: object) =>
    connect({ servers: infrastructure.nats.url, reconnect: false, ...more }).then((nats) => nats.close());

  it('is refused', async () => {
    await expect(open({})).rejects.toThrow(/Authorization Violation/i);
    await expect(open({ user: 'gateway', pass: 'gateway' })).rejects.toThrow(/Authorization Violation/i);
    await expect(open({ token: 'gateway' })).rejects.toThrow(/Authorization Violation/i);
  });

  it('is refused with the key of another installation', async () => {
    const NATS_NKEY = makeSeed();
    const options = natsOptions({ NATS_URL: infrastructure.nats.url, NATS_NKEY }, 'gateway');
    const waiting = { waitOnFirstConnect: false, reconnect: false };
    await expect(connect({ ...options, ...waiting })).rejects.toThrow(/Authorization Violation/i);
  });

  it('answers nobody who did not ask it', async () => {
    const answering = await connectAs('token');
    const asking = await connectAs('ingestion');
    const heard: string[] = [];
    asking.subscribe('_INBOX_ingestion.mine', {
      callback: (_error, { data }) => void heard.push(String(data.length)),
    });
    answering.subscribe('rpc.token.access-token', {
      callback: (_error, message) => {
        message.respond('once');
        message.respond('twice');
      },
    });
    await answering.flush();
    await asking.flush();
    asking.publish('rpc.token.access-token', '', { reply: '_INBOX_ingestion.mine' });
    await eventually('the answer is there', () => heard.length > 0);
    await answering.flush();
    await asking.flush();
    expect(heard).toEqual(['4']);
    await Promise.all([answering.close(), asking.close()]);
  });
});
