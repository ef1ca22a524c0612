import { questions } from '@undertone/contracts/questions';
import { type RpcDefinition, repeatedSubject } from '@undertone/contracts/rpc';
import { type AsyncApiPart, ref } from './asyncapi-channels.ts';
import type { JsonSchemas } from './json-schemas.ts';

/** Nest's packet around a question, as its NATS transport reads it. */
const requestPacket = (subject: string, data: object) => ({
  type: 'object',
  properties: {
    id: { type: 'string', description: 'Without it no answer is sent.' },
    pattern: { type: 'string', const: subject },
    data,
  },
  required: ['id', 'pattern', 'data'],
});

/** Nest's packet around an answer: `response`, or `err`. */
const replyPacket = (response: object) => ({
  type: 'object',
  properties: {
    id: { type: 'string' },
    response,
    err: { description: 'What went wrong, in place of `response`.' },
    isDisposed: { type: 'boolean', description: 'Whether this is the last packet of the answer.' },
  },
  required: ['id'],
});

/** Every question over NATS request/reply: a channel, its inbox, and the service that answers. */
export function rpcPart(schemas: JsonSchemas): AsyncApiPart {
  const part: AsyncApiPart = { channels: {}, operations: {}, messages: {} };
  for (const rpc of questions) add(part, rpc, schemas);
  return part;
}

function add(part: AsyncApiPart, rpc: RpcDefinition, schemas: JsonSchemas): void {
  const { subject, service, isWrite } = rpc;
  const asked = keyOf(subject);
  const answered = `${asked}-reply`;
  const [request, reply] = [`${subject}.request`, `${subject}.reply`];

  part.messages[request] = {
    name: request,
    contentType: 'application/json',
    payload: requestPacket(subject, schemas.of(rpc.input)),
  };
  part.messages[reply] = {
    name: reply,
    contentType: 'application/json',
    payload: replyPacket(schemas.of(rpc.output)),
  };
  part.channels[answered] = {
    address: null,
    description: 'The inbox the asker names.',
    messages: { [reply]: ref('components', 'messages', reply) },
  };
  const answers = (at: string, summary: string, description: string): void => {
    const channel = keyOf(at);
    part.channels[channel] = {
      address: at,
      description,
      messages: { [request]: ref('components', 'messages', request) },
    };
    part.operations[`${service}-answers-${at.split('.').slice(2).join('-')}`] = {
      action: 'receive',
      summary,
      channel: ref('channels', channel),
      messages: [ref('channels', channel, 'messages', request)],
      reply: {
        channel: ref('channels', answered),
        messages: [ref('channels', answered, 'messages', reply)],
      },
      tags: [{ name: service }],
    };
  };
  answers(subject, `${service} answers`, 'Request/reply; no stream keeps it.');
  if (isWrite) return;
  answers(
    repeatedSubject(subject),
    `every replica of ${service} answers`,
    'The same again, where no answer came in a third of the time; the first answer counts.',
  );
}

const keyOf = (subject: string): string => subject.replaceAll('.', '-');
