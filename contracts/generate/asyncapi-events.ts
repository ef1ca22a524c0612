import { type ConsumerDefinition, consumers, workerConsumers } from '@undertone/contracts/consumers';
import type { EventDefinition } from '@undertone/contracts/event';
import { events } from '@undertone/contracts/events';
import { advisories } from './asyncapi-advisories.ts';
import { type AsyncApiPart, addToStream, type Node, ref } from './asyncapi-channels.ts';
import { byJobType } from './asyncapi-jobs.ts';
import { scheduled } from './asyncapi-scheduled.ts';
import { addressOf, schemaOf, versionsOf } from './event-subjects.ts';
import { type Fixture, fixturesOf, readFixtures } from './fixtures.ts';
import type { JsonSchemas } from './json-schemas.ts';
import { filterOf, overlap } from './nats-subjects.ts';

/** What every event carries: CloudEvents 1.0 in the NATS binding's binary mode, and W3C trace context. */
export const cloudEventHeaders: Node = {
  type: 'object',
  properties: {
    'ce-specversion': { type: 'string', const: '1.0' },
    'ce-id': { type: 'string', format: 'uuid', description: 'Id of the event; the same on a second try.' },
    'ce-type': { type: 'string', description: '`undertone.<context>.<event>.v<version>`.' },
    'ce-source': { type: 'string', format: 'uri-reference', description: 'The service that wrote it.' },
    'ce-time': { type: 'string', format: 'date-time' },
    'ce-dataschema': {
      type: 'string',
      format: 'uri-reference',
      description: 'Names the version of the data.',
    },
    'ce-correlationid': { type: 'string', description: 'The job that led to it.' },
    'ce-causationid': { type: 'string', description: 'The message that led to it.' },
    traceparent: { type: 'string', description: 'W3C trace context of the writer.' },
    tracestate: { type: 'string' },
  },
  required: ['ce-specversion', 'ce-id', 'ce-type', 'ce-source', 'ce-time'],
};

/** Who appends, by context. A job's story is told by its workers, its end by the dead-letter watch too. */
const writers: Record<string, (event: EventDefinition) => readonly string[]> = {
  identity: () => ['identity'],
  token: () => ['token'],
  listening: () => ['ingestion'],
  insight: () => ['insight'],
  prompt: () => ['insight'],
  replay: () => ['insight'],
  'job-failures': () => ['scheduler'],
  'job-totals': () => ['scheduler'],
  audit: ({ name }) => (name === 'requests-denied' ? ['gateway'] : ['gateway', 'identity', 'scheduler']),
  schedules: () => ['scheduler'],
  jobs: ({ name }) => {
    if (name === 'requested') return ['gateway', 'ingestion', 'insight', 'scheduler'];
    if (name === 'requested-again' || name === 'discarded') return ['scheduler'];
    return [...new Set(workerConsumers.map(({ service }) => service))];
  },
};

/** Every event on its subject, who appends it, and every durable consumer that takes it. */
export function eventPart(schemas: JsonSchemas): AsyncApiPart {
  const part: AsyncApiPart = { channels: {}, operations: {}, messages: {} };
  const fixtures = readFixtures();
  for (const event of events) addEvent(part, event, schemas, fixtures);
  for (const { address, key, message } of [...advisories, ...scheduled(schemas)])
    addToStream(part, address, key, message);
  for (const consumer of Object.values<ConsumerDefinition>(consumers)) addConsumer(part, consumer);
  return part;
}

function addEvent(
  part: AsyncApiPart,
  event: EventDefinition,
  schemas: JsonSchemas,
  fixtures: readonly Fixture[],
): void {
  const services = writers[event.context]?.(event);
  if (services === undefined) throw new Error(`nobody is known to write ${event.type}`);
  for (const version of versionsOf(event)) {
    const key = `${event.type}.v${version}`;
    const message = messageOf(event, version, schemas, fixtures);
    const channel = addToStream(part, addressOf(event), key, message);
    // Only the newest version is still written.
    if (version === event.version) for (const service of services) addWriter(part, service, channel, key);
  }
}

function messageOf(
  event: EventDefinition,
  version: number,
  schemas: JsonSchemas,
  fixtures: readonly Fixture[],
): Node {
  const type = `${event.type}.v${version}`;
  return {
    name: type,
    title: `${event.name}, version ${version}`,
    summary: event.description,
    contentType: 'application/json',
    ...(version < event.version ? { deprecated: true } : {}),
    headers: {
      allOf: [
        ref('components', 'schemas', 'CloudEventHeaders'),
        { type: 'object', properties: { 'ce-type': { type: 'string', const: type } } },
      ],
    },
    correlationId: { location: '$message.header#/ce-correlationid' },
    payload: byJobType(event, schemas.of(schemaOf(event, version)), schemas, fixtures),
    examples: fixturesOf(fixtures, event, version).map(({ path, data }) => ({
      name: path.slice(path.lastIndexOf('/') + 1, -'.json'.length),
      payload: data,
    })),
  };
}

function addWriter(part: AsyncApiPart, service: string, channel: string, key: string): void {
  const id = `${service}-appends-${channel}`;
  const known = part.operations[id]?.messages as readonly Node[] | undefined;
  part.operations[id] = {
    action: 'send',
    summary: `${service} appends`,
    channel: ref('channels', channel),
    messages: [...(known ?? []), ref('channels', channel, 'messages', key)],
    tags: [{ name: service }],
  };
}

/** One operation for each channel that the consumer takes from. */
function addConsumer(part: AsyncApiPart, consumer: ConsumerDefinition): void {
  const { name, service, stream, filters } = consumer;
  const taken = Object.entries(part.channels).filter(([, { address }]) =>
    filters.some((filter) => overlap(filter, filterOf(String(address)))),
  );
  for (const [channel, { messages }] of taken) {
    part.operations[taken.length === 1 ? name : `${name}-${channel}`] = {
      action: 'receive',
      summary:
        consumer.kind === 'jobs'
          ? `${service} works on the ${consumer.lane} lane of ${consumer.queue}`
          : `${service} takes them in order, one replica at a time`,
      channel: ref('channels', channel),
      messages: Object.keys(messages as Node).map((key) => ref('channels', channel, 'messages', key)),
      tags: [{ name: service }],
      'x-jetstream-consumer': { durable: name, stream, filters },
    };
  }
}
