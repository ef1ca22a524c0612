import { z } from 'zod';
import { id } from '../id.js';
import { moment } from '../moment.js';
import { cursor, limit, pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { foreignId } from '../text.js';
import { inOrder, jobType, outOfOrder } from './listed-task.js';
import { lanes, type QueueName, queueNames } from './queues.js';

const deadLetterStatus = z.enum(['open', 'retried', 'discarded']).meta({
  id: 'DeadLetterStatus',
  description: '`retried`: its work was asked for again. `discarded`: nothing more is to be done about it.',
});
export type DeadLetterStatus = z.output<typeof deadLetterStatus>;

/** A message that the server stopped delivering, because its deliveries ran out. */
export const deadLetter = z
  .object({
    id: foreignId.meta({ description: 'Of the server’s advisory.' }),
    status: deadLetterStatus,
    stream: foreignId,
    stream_sequence: z.int().min(1).meta({
      description: 'Where the message is in its stream, for as long as that keeps it.',
    }),
    consumer: foreignId.meta({ description: 'Who was given it and never acknowledged it.' }),
    deliveries: z.int().min(1),
    happened_at: z.iso.datetime(),
    event_id: foreignId.nullable().meta({
      description: 'The message’s event. This and what follows: null where the stream had forgotten it.',
    }),
    event_type: foreignId.nullable(),
    task_id: id.nullable().meta({ description: 'The job that failed by it.' }),
    job_type: foreignId.nullable(),
    queue: foreignId.nullable(),
    lane: foreignId.nullable(),
    retry_task_id: id.nullable().meta({ description: 'The job that does the work again.' }),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetter = z.output<typeof deadLetter>;

export const deadLetterNarrowing = {
  type: jobType.optional().meta({ description: 'The `job_type`.', example: 'import-history' }),
  queue: z.enum(queueNames as [QueueName, ...QueueName[]]).optional(),
  lane: z.enum(lanes).optional(),
  from: moment.optional().meta({ description: 'Given up at this time or later.' }),
  until: moment.optional().meta({ description: 'Given up before this time.' }),
};

export const deadLetterQuery = z
  .strictObject({
    status: deadLetterStatus.optional().meta({ description: 'Absent: of any.' }),
    ...deadLetterNarrowing,
    limit,
    cursor,
  })
  .refine(inOrder, outOfOrder);
export type DeadLetterQuery = z.output<typeof deadLetterQuery>;

/** What the list narrows its rows down by. */
export type DeadLetterFilter = Omit<DeadLetterQuery, 'limit' | 'cursor'>;

export const listDeadLetters = defineRpc({
  service: 'scheduler',
  question: 'list-dead-letters',
  access: 'admin',
  input: deadLetterQuery,
  output: pageSchema(deadLetter),
});

const oneDeadLetter = z.object({ id: foreignId.min(1) });

export const getDeadLetter = defineRpc({
  service: 'scheduler',
  question: 'get-dead-letter',
  access: 'admin',
  input: oneDeadLetter,
  output: deadLetter,
});

/** Asks for the failed job's work again, by another job: the same one however often it is said. */
export const retryDeadLetter = defineRpc({
  service: 'scheduler',
  question: 'retry-dead-letter',
  access: 'admin',
  isWrite: true,
  input: oneDeadLetter,
  output: z.object({ task_id: id }),
  timeoutMs: 10_000,
});

/** Says that nothing more is to be done about it. */
export const discardDeadLetter = defineRpc({
  service: 'scheduler',
  question: 'discard-dead-letter',
  access: 'admin',
  isWrite: true,
  input: oneDeadLetter,
  output: deadLetter,
  timeoutMs: 10_000,
});
