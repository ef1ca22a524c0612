import { cloudEventHeaders, eventPart } from './asyncapi-events.ts';
import { rpcPart } from './asyncapi-rpc.ts';
import { JsonSchemas } from './json-schemas.ts';
import { sorted } from './sorted.ts';

const description = `
Everything that crosses a process boundary over NATS: events in JetStream streams, and questions over
request/reply. An event is a CloudEvent in binary mode: its attributes are headers, its data is the payload.
Readers ignore fields they do not know. Every message may come twice; \`ce-id\` is then the same.
`.trim();

/**
 * The system's messages as an AsyncAPI 3.0 document, made from the events, streams, consumers and questions.
 * @param version of this package.
 */
export function asyncApi(version: string): object {
  const schemas = new JsonSchemas();
  const events = eventPart(schemas);
  const rpc = rpcPart(schemas);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Undertone',
      version,
      description,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      nats: {
        host: '127.0.0.1:4222',
        protocol: 'nats',
        description: 'NATS with JetStream; the address is a setting.',
      },
    },
    channels: sorted({ ...events.channels, ...rpc.channels }),
    operations: sorted({ ...events.operations, ...rpc.operations }),
    components: {
      messages: sorted({ ...events.messages, ...rpc.messages }),
      schemas: sorted({ ...schemas.components(), CloudEventHeaders: cloudEventHeaders }),
    },
  };
}
