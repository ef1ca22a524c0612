import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  type DeadLetterQuery,
  type DeadLetter as ShownDeadLetter,
  listDeadLetters,
} from '@undertone/contracts/jobs/dead-letter';
import { foreignId } from '@undertone/contracts/text';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { z } from 'zod';
import { DeadLetter } from './dead-letter.entity.js';

/** The server may give up on two messages at one moment: the advisories' ids tell them apart. */
const cursors = new KeysetCursor('dead-letters', z.tuple([z.iso.datetime(), foreignId]));

@Controller()
export class DeadLetterQueries {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  @Answers(listDeadLetters)
  async list(@Payload(asked(listDeadLetters)) query: DeadLetterQuery): Promise<Page<ShownDeadLetter>> {
    const rows = await this.orm.em.fork().find(DeadLetter, query.cursor ? after(query.cursor) : {}, {
      orderBy: { happenedAt: 'desc', id: 'desc' },
      limit: query.limit + 1,
    });
    const shown = rows.slice(0, query.limit);
    const last = shown.at(-1);
    return {
      items: shown.map((row) => ({
        id: row.id,
        stream: row.stream,
        stream_sequence: row.streamSequence,
        consumer: row.consumer,
        deliveries: row.deliveries,
        happened_at: row.happenedAt.toISOString(),
      })),
      next:
        rows.length > shown.length && last ? cursors.after([last.happenedAt.toISOString(), last.id]) : null,
    };
  }
}

function after(cursor: string) {
  const [moment, id] = cursors.read(cursor);
  const happenedAt = new Date(moment);
  return { $or: [{ happenedAt: { $lt: happenedAt } }, { happenedAt, id: { $lt: id } }] };
}
