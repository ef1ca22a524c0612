import { z } from 'zod';
import { cursor, limit, pageOf } from '../rest/paging.js';
import { defineRpc } from '../rpc.js';
import { foreignId } from '../text.js';

/** A message that the server stopped delivering, because its deliveries ran out. */
export const deadLetter = z
  .object({
    id: foreignId.meta({ description: 'Of the server’s advisory.' }),
    stream: foreignId,
    stream_sequence: z.int().min(1).meta({
      description: 'Where the message is in its stream, for as long as that keeps it.',
    }),
    consumer: foreignId.meta({ description: 'Who was given it and never acknowledged it.' }),
    deliveries: z.int().min(1),
    happened_at: z.iso.datetime(),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetter = z.output<typeof deadLetter>;

export const deadLetterQuery = z.strictObject({ limit, cursor });
export type DeadLetterQuery = z.output<typeof deadLetterQuery>;

export const listDeadLetters = defineRpc({
  service: 'scheduler',
  question: 'list-dead-letters',
  input: deadLetterQuery,
  output: pageOf(deadLetter),
});
