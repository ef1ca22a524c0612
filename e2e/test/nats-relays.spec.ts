import { AckPolicy, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type ConsumerDefinition, consumers } from '@undertone/contracts/consumers';
import { inOwnAccount, streamsApiPrefix } from '@undertone/contracts/servers/nats-accounts';
import { natsPermissions } from '@undertone/contracts/servers/nats-permissions';
import { clients, purgers, writers } from '@undertone/contracts/servers/who-does-what';
import type { AskerName } from '@undertone/contracts/service-name';
import { objectBucket, type StreamDefinition, streams } from '@undertone/contracts/streams';
import { jetStreamManagerOf } from '@undertone/platform/nats/jetstream';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/*
 * The server sends an answer wherever the request's `reply` says, and asks nobody whether the client may publish there. Here each
 * service names as `reply` what it may not do itself, in everything that it may publish.
 */

let infrastructure: TestInfrastructure;
let manager: JetStreamManager;
let operator: NatsConnection;

const SERVER_API = '$JS.API';
const bucket = `OBJ_${objectBucket}`;
const allStreams = [...Object.values<StreamDefinition>(streams), { name: bucket, subjects: [] }];
const allConsumers = Object.values<ConsumerDefinition>(consumers);
/** One subject of a filter. */
const oneOf = (filter: string): string => filter.replaceAll('*', 'x').replace(/>$/, 'x.y');
function matches(filter: string, subject: string): boolean {
  const [wanted, tokens] = [filter.split('.'), subject.split('.')];
  if (wanted.at(-1) !== '>' && wanted.length !== tokens.length) return false;
  return wanted.every((token, at) =>
    token === '>' || token === '*' ? tokens.length > at : token === tokens[at],
  );
}

beforeAll(async () => {
  infrastructure = await startInfrastructure([]);
  await infrastructure.provisionStreams();
  operator = await infrastructure.connect();
  manager = await jetStreamManagerOf(operator);
  for (const { stream, name } of allConsumers) {
    await manager.consumers.add(stream, { durable_name: name, ack_policy: AckPolicy.Explicit });
  }
  for (const { subjects } of allStreams) {
    for (const subject of subjects) await operator.request(oneOf(subject), 'kept');
  }
  await operator.request(`$O.${objectBucket}.M.x`, 'kept');
});
afterAll(() => infrastructure?.stop());

/** What a service must not bring about, as a request and its body. */
interface Aim {
  readonly subject: string;
  readonly body: string;
}

function aimsOf(service: AskerName): Aim[] {
  const may = natsPermissions(service).publish;
  const mayPurge: readonly string[] = purgers[service] ?? [];
  const calls: Aim[] = [
    ...allStreams.flatMap(({ name, subjects }) => [
      { subject: `STREAM.DELETE.${name}`, body: '' },
      ...(mayPurge.includes(name) ? [] : [{ subject: `STREAM.PURGE.${name}`, body: '' }]),
      { subject: `STREAM.UPDATE.${name}`, body: JSON.stringify({ name, subjects, description: service }) },
    ]),
    ...allConsumers
      .filter((one) => one.service !== service)
      .flatMap(({ stream, name }) => [
        { subject: `CONSUMER.DELETE.${stream}.${name}`, body: '' },
        {
          subject: `CONSUMER.DURABLE.CREATE.${stream}.${name}-${service}`,
          body: JSON.stringify({ stream_name: stream, config: { durable_name: `${name}-${service}` } }),
        },
      ]),
    {
      subject: `STREAM.CREATE.SPY_${service}`,
      body: JSON.stringify({
        name: `SPY_${service}`,
        sources: [{ name: 'IDENTITY' }],
        republish: { src: '>', dest: `_INBOX_${service}.spy.>` },
      }),
    },
  ];
  const events = Object.keys(writers)
    .filter((filter) => !may.some((own) => matches(own, oneOf(filter))))
    .map((filter) => ({ subject: oneOf(filter).replace(/[^.]+$/, `of-${service}`), body: 'relayed' }));
  return [
    ...[SERVER_API, streamsApiPrefix].flatMap((prefix) =>
      calls.map(({ subject, body }) => ({ subject: `${prefix}.${subject}`, body })),
    ),
    ...events,
  ];
}

/** What a service publishes to have the server send something on: an empty answer, or the body that it wants. */
function requestsOf(service: AskerName, kept: ReadonlyMap<string, readonly number[]>): Aim[] {
  const nothing = JSON.stringify({ last_by_subj: 'none.of.these' });
  return natsPermissions(service)
    .publish.filter((filter) => !filter.startsWith('rpc.'))
    .flatMap((filter) => {
      const [, call = '', stream = ''] =
        /^\$JS\.API\.(STREAM\.MSG\.GET|DIRECT\.GET|STREAM\.INFO|CONSUMER\.MSG\.NEXT)\.([^.]+)/.exec(filter) ??
        [];
      const subject = oneOf(inOwnAccount(filter));
      if (call === 'CONSUMER.MSG.NEXT')
        return [{ subject, body: JSON.stringify({ batch: 2, no_wait: true }) }];
      if (filter.startsWith('$JS.ACK.')) {
        return [{ subject: subject.replace(/x\.y$/, '1.1.1.1.0'), body: '+NXT {"batch":1,"no_wait":true}' }];
      }
      if (/GET$/.test(call) && !filter.endsWith('>')) {
        const own = (kept.get(stream) ?? []).map((seq) => JSON.stringify({ seq }));
        return [nothing, ...own].map((body) => ({ subject, body }));
      }
      if (call) return [{ subject, body: '' }];
      // What it calls beside these changes what is its own, and appends are tried by their confirmation.
      return filter.startsWith(SERVER_API) ? [] : [{ subject, body: 'appended' }];
    });
}

/** The server's own word on a consumer of the service, whose messages it replaced. */
const isOwnAdvisory = (service: AskerName, subject: string): boolean =>
  subject.startsWith('$JS.EVENT.ADVISORY.') &&
  allConsumers.some((one) => one.service === service && subject.endsWith(`.${one.stream}.${one.name}`));

/** Everything that only the operator or other services may change. */
async function stateOf(service: AskerName) {
  const may = natsPermissions(service).publish;
  const state = [];
  for await (const { config } of manager.streams.list()) {
    const { state: now } = await manager.streams.info(config.name, { subjects_filter: '>' });
    const foreign = Object.entries(now.subjects ?? {}).filter(
      ([subject]) => !may.some((own) => matches(own, subject)) && !isOwnAdvisory(service, subject),
    );
    const names = [];
    for await (const consumer of manager.consumers.list(config.name)) names.push(consumer.name);
    state.push({ config, foreign: foreign.sort(), consumers: names.sort() });
  }
  return state.sort((a, b) => a.config.name.localeCompare(b.config.name));
}

describe.each(clients)('%s', (service) => {
  it('has the server do nothing that it may not do itself', async () => {
    const nats = await infrastructure.connect({}, service);
    const own = oneOf(
      natsPermissions(service).publish.find((one) => one in writers || one.startsWith('jobs.')) ?? '',
    );
    const before = await stateOf(service);
    const aims = aimsOf(service);
    // What it wants the server to be told it first has as messages of its own.
    const seqs = new Map<string, { stream: string; seq: number }>();
    for (const { body } of aims) {
      if (body !== '' && !seqs.has(body)) seqs.set(body, (await nats.request(own, body)).json());
    }
    for (const { subject, body } of aims) {
      const { stream = '', seq = 0 } = seqs.get(body) ?? {};
      const kept = new Map(seq ? [[stream, [seq]]] : []);
      for (const request of requestsOf(service, kept)) {
        nats.publish(request.subject, request.body, { reply: subject });
      }
      await nats.flush();
    }
    // Its confirmation comes after whatever was done before.
    await nats.request(own, 'last');
    expect(await stateOf(service)).toEqual(before);
    await nats.close();
  });
});
