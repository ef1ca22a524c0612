/** An advisory the server itself writes when it gives a message up, or a worker ends it. */
const advisory = (subject: string, name: string, title: string) => ({
  address: `$JS.EVENT.ADVISORY.CONSUMER.${subject}.{stream}.{consumer}`,
  key: `io.nats.jetstream.advisory.v1.${name}`,
  message: {
    name: `io.nats.jetstream.advisory.v1.${name}`,
    title,
    contentType: 'application/json',
    payload: {
      type: 'object',
      properties: {
        type: { type: 'string' },
        id: { type: 'string' },
        timestamp: { type: 'string', format: 'date-time' },
        stream: { type: 'string' },
        consumer: { type: 'string' },
        stream_seq: { type: 'integer', minimum: 1, description: 'The message; it is not repeated here.' },
        deliveries: { type: 'integer', minimum: 1 },
      },
      required: ['stream', 'consumer', 'stream_seq', 'deliveries'],
    },
  },
});

/** Dead letters, in the server's own words. */
export const advisories = [
  advisory('MAX_DELIVERIES', 'max_deliver', 'Deliveries ran out'),
  advisory('MSG_TERMINATED', 'terminated', 'A worker ended the message'),
];
