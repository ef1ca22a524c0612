import type { FilterQuery, InferEntity } from '@mikro-orm/core';
import type { MikroORM, QBFilterQuery } from '@mikro-orm/postgresql';
import type { DeadLetterFilter } from '@undertone/contracts/jobs/dead-letter';
import type { DecidedMany } from '@undertone/contracts/jobs/decide-many';
import { DeadLetter } from '../jobs/dead-letter.entity.js';
import type { DeadLetterDecisions } from '../jobs/dead-letter-decisions.js';
import { afterLetter, wantedLetters } from '../jobs/dead-letters.queries.js';
import { type Many, PAGE } from './many.js';
import type { Asked } from './many-jobs.js';

type LetterRow = InferEntity<typeof DeadLetter>;
type Row = Pick<LetterRow, 'id' | 'happenedAt' | 'jobId' | 'queue' | 'lane'>;

/** Open dead letters, to be retried or discarded. Two letters of one job are decided by the first. */
export class OpenLetters implements Many<Row> {
  readonly word: string;
  readonly decidedBefore = 'DEAD_LETTER_STATE';

  constructor(
    private readonly orm: MikroORM,
    private readonly decisions: DeadLetterDecisions,
    private readonly asked: Asked<DeadLetterFilter>,
    private readonly decision: 'retry' | 'discard',
  ) {
    this.word = decision === 'retry' ? 'retried' : 'discarded';
  }

  private get where(): FilterQuery<LetterRow>[] {
    const { filter, at } = this.asked;
    return [...wantedLetters({ ...filter, status: 'open' }), { happenedAt: { $lte: at } }];
  }

  async counts(): Promise<NonNullable<DecidedMany['by_type']>> {
    const em = this.orm.em.fork();
    const { sql, params } = em
      .createQueryBuilder(DeadLetter)
      .select('jobId')
      .where({ $and: this.where } as QBFilterQuery<LetterRow>)
      .toQuery();
    return em.execute(
      `select job.job_type, 'open' as status, count(*)::int as count
         from (${sql}) as found left join background_job job on job.id = found.job_id group by 1 order by 1`,
      [...params],
    );
  }

  async decided(): Promise<number> {
    const [found]: { count: number }[] = await this.orm.em.fork().execute(
      `select count(*)::int as count from dead_letter letter join decided_job decided using (job_id)
          where decided.decision_id = ? and letter.happened_at <= ?`,
      [this.asked.jobId, this.asked.at],
    );
    return found?.count ?? 0;
  }

  async page(last: Row | undefined): Promise<readonly Row[]> {
    const behind = last ? [afterLetter([last.happenedAt.toISOString(), last.id])] : [];
    return this.orm.em
      .fork()
      .find(
        DeadLetter,
        { $and: [...this.where, ...behind] },
        { orderBy: { happenedAt: 'desc', id: 'desc' }, limit: PAGE, disableIdentityMap: true },
      );
  }

  async decide({ jobId: task_id = null, queue = null, lane = null }: Row): Promise<boolean> {
    const { jobId } = this.asked;
    const letter = { task_id, queue, lane };
    const { by } =
      this.decision === 'retry'
        ? await this.decisions.retry(letter, jobId)
        : await this.decisions.discard(letter, jobId);
    return by === jobId;
  }
}
