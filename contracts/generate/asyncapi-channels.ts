import { lanes, type QueueDefinition, queues } from '@undertone/contracts/jobs/queues';
import { type StreamDefinition, streams } from '@undertone/contracts/streams';
import { covers } from '@undertone/contracts/subjects';
import { filterOf } from './nats-subjects.ts';

export type Node = Record<string, unknown>;

/** A part of an AsyncAPI document: what one source of messages adds to it. */
export interface AsyncApiPart {
  readonly channels: Record<string, Node>;
  readonly operations: Record<string, Node>;
  readonly messages: Record<string, Node>;
}

/** A reference within the document. */
export const ref = (...path: string[]): Node => ({ $ref: `#/${path.join('/')}` });

const describedQueue = ([name, { service, description }]: [string, QueueDefinition]): string =>
  `- \`${name}\` (${service}): ${description}`;

const parameters: Record<string, Node> = {
  userId: { description: 'UUID of the user.' },
  name: { description: 'The type of insight that the prompt asks for.' },
  actor: { description: 'Pseudonym of whoever did it.' },
  jobType: { description: 'A kind of job.' },
  day: { description: 'A day in UTC, as 2026-11-30.' },
  replayId: { description: 'UUID of the replay.' },
  jobId: { description: 'UUID of the job.' },
  queue: {
    description: [
      'Which worker takes the job.',
      ...Object.entries<QueueDefinition>(queues).map(describedQueue),
    ].join('\n'),
    enum: Object.keys(queues),
  },
  lane: {
    description: 'A person waits on `interactive`; `bulk` gets the smaller share.',
    enum: [...lanes],
  },
  schedule: { description: 'Name of the schedule.' },
  stream: { description: 'Name of the stream.' },
  consumer: { description: 'Name of the durable consumer.' },
};

function parametersOf(address: string): Node {
  const names = [...address.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  return Object.fromEntries(
    names.map((name) => {
      const parameter = parameters[name];
      if (parameter === undefined) throw new Error(`${address}: no description of {${name}}`);
      return [name, parameter];
    }),
  );
}

const keyOf = (address: string): string =>
  address
    .replaceAll(/\.?\{\w+\}/g, '')
    .replaceAll('$', '')
    .replaceAll('.', '-')
    .toLowerCase();

/**
 * Adds a message to the channel of its address, which comes into being with the first one.
 * @returns the channel's key.
 * @throws {Error} when no stream keeps the address.
 */
export function addToStream(part: AsyncApiPart, address: string, key: string, message: Node): string {
  const stream = Object.values<StreamDefinition>(streams).find(({ subjects }) =>
    subjects.some((subject) => covers(subject, filterOf(address))),
  );
  if (stream === undefined) throw new Error(`no stream keeps ${address}`);
  const channel = keyOf(address);
  part.messages[key] = message;
  part.channels[channel] = {
    address,
    description: `In the stream ${stream.name}: ${stream.description}`,
    parameters: parametersOf(address),
    messages: {
      ...(part.channels[channel]?.messages as Node | undefined),
      [key]: ref('components', 'messages', key),
    },
    'x-jetstream-stream': {
      name: stream.name,
      ...(stream.maxAgeDays === undefined ? {} : { maxAgeDays: stream.maxAgeDays }),
    },
  };
  return channel;
}
