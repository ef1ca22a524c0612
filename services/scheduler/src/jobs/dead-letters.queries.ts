import { type FilterQuery, type InferEntity, raw } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  type DeadLetterFilter,
  type DeadLetterQuery,
  type DeadLetterStatus,
  getDeadLetter,
  listDeadLetters,
  type DeadLetter as ShownDeadLetter,
} from '@undertone/contracts/jobs/dead-letter';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { momentKey, textKey } from '@undertone/platform/rpc/cursor-keys';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { z } from 'zod';
import { BackgroundJob } from './background-job.entity.js';
import { DeadLetter } from './dead-letter.entity.js';
import { SettledJob } from './settled-job.entity.js';

type Row = InferEntity<typeof DeadLetter>;

/** The server may give up on two messages at one moment: the advisories' ids tell them apart. */
const allCursors = new KeysetCursor('dead-letters', z.tuple([momentKey, textKey]));

@Controller()
export class DeadLetterQueries {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  @Answers(listDeadLetters)
  async list(@Payload(asked(listDeadLetters)) query: DeadLetterQuery): Promise<Page<ShownDeadLetter>> {
    const cursors = allCursors.for(query);
    const where = [
      ...wantedLetters(query),
      ...(query.cursor === undefined ? [] : [afterLetter(cursors.read(query.cursor))]),
    ];
    const rows = await this.orm.em
      .fork()
      .find(
        DeadLetter,
        { $and: where },
        { orderBy: { happenedAt: 'desc', id: 'desc' }, limit: query.limit + 1 },
      );
    const page = rows.slice(0, query.limit);
    return cursors.page(rows, await shown(this.orm, page), ({ happenedAt, id }) => [
      happenedAt.toISOString(),
      id,
    ]);
  }

  @Answers(getDeadLetter)
  get(@Payload(asked(getDeadLetter)) { id }: { id: string }): Promise<ShownDeadLetter> {
    return findDeadLetter(this.orm, id);
  }
}

/** @throws {Refused} `DEAD_LETTER_NOT_FOUND` */
export async function findDeadLetter(orm: MikroORM, id: string): Promise<ShownDeadLetter> {
  const row = await orm.em.fork().findOne(DeadLetter, { id });
  const [letter] = row ? await shown(orm, [row]) : [];
  if (!letter) throw new Refused('DEAD_LETTER_NOT_FOUND', 'there is no such dead letter');
  return letter;
}

/** The rows with what JOBS says of their jobs. */
async function shown(orm: MikroORM, rows: readonly Row[]): Promise<ShownDeadLetter[]> {
  const ids = rows.flatMap(({ jobId }) => jobId ?? []);
  const em = orm.em.fork();
  const jobs = new Map((await em.find(BackgroundJob, { id: { $in: ids } })).map((job) => [job.id, job]));
  const settled = new Map(
    (await em.find(SettledJob, { jobId: { $in: ids } })).map((job) => [job.jobId, job]),
  );
  return rows.map((row) => {
    const decided = settled.get(row.jobId ?? '');
    return {
      id: row.id,
      status: decided ? (decided.retryId ? 'retried' : 'discarded') : 'open',
      stream: row.stream,
      stream_sequence: row.streamSequence,
      consumer: row.consumer,
      deliveries: row.deliveries,
      happened_at: row.happenedAt.toISOString(),
      event_id: row.eventId ?? null,
      event_type: row.eventType ?? null,
      task_id: row.jobId ?? null,
      job_type: jobs.get(row.jobId ?? '')?.jobType ?? null,
      queue: row.queue ?? null,
      lane: row.lane ?? null,
      retry_task_id: decided?.retryId ?? null,
    };
  });
}

const decisions: Record<DeadLetterStatus, string> = {
  open: 'not exists (select 1 from settled_job s where s.job_id = @.job_id)',
  retried: 'exists (select 1 from settled_job s where s.job_id = @.job_id and s.retry_id is not null)',
  discarded: 'exists (select 1 from settled_job s where s.job_id = @.job_id and s.retry_id is null)',
};

/** Which rows a list narrows down to. */
export function wantedLetters({
  status,
  type,
  queue,
  lane,
  from,
  until,
}: DeadLetterFilter): FilterQuery<Row>[] {
  return [
    ...(status === undefined ? [] : [ofStatus(status)]),
    ...(type === undefined ? [] : [ofType(type)]),
    ...(queue === undefined ? [] : [{ queue }]),
    ...(lane === undefined ? [] : [{ lane }]),
    ...(from === undefined ? [] : [{ happenedAt: { $gte: new Date(from) } }]),
    ...(until === undefined ? [] : [{ happenedAt: { $lt: new Date(until) } }]),
  ];
}

const ofType = (type: string): FilterQuery<Row> => ({
  [raw(
    (alias) => `exists (select 1 from background_job j where j.id = ${alias}.job_id and j.job_type = ?)`,
    [type],
  )]: true,
});

const ofStatus = (status: DeadLetterStatus): FilterQuery<Row> => ({
  [raw((alias) => decisions[status].replace('@', alias))]: true,
});

export function afterLetter([moment, id]: readonly [moment: string, id: string]): FilterQuery<Row> {
  const happenedAt = new Date(moment);
  return { $or: [{ happenedAt: { $lt: happenedAt } }, { happenedAt, id: { $lt: id } }] };
}
