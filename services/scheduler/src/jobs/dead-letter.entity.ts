import { defineEntity, p } from '@mikro-orm/core';

/** Read model: messages that the server gave up on, from its advisories. */
export const DeadLetter = defineEntity({
  name: 'DeadLetter',
  tableName: 'dead_letter',
  properties: {
    /** Of the advisory, as the server made it. */
    id: p.string().primary(),
    stream: p.string(),
    consumer: p.string(),
    streamSequence: p.bigint('number'),
    deliveries: p.integer(),
    happenedAt: p.datetime(),
    /** The message's event and job; null where the stream had forgotten it. */
    eventId: p.string().nullable(),
    eventType: p.string().nullable(),
    jobId: p.uuid().nullable(),
    queue: p.string().nullable(),
    lane: p.string().nullable(),
  },
});
