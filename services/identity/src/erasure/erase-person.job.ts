import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { erasePersonJob } from '@undertone/contracts/jobs/erase-person';
import {
  type AllowedElsewhere,
  erasureQuestions,
  type RemovedStore,
} from '@undertone/contracts/personal-data/erasure';
import { userAggregate } from '@undertone/contracts/subjects';
import { eraseMessages } from '@undertone/platform/event-store/erase-messages';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { PermanentJobError, PostponedJobError } from '@undertone/platform/jobs/job-errors';
import type { FailedJob, JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob, OnJobFailed } from '@undertone/platform/nest/jetstream-handlers';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { recordAudit, sendAudit } from '../audit/record-audit.js';
import type { IdentitySettings } from '../settings.js';
import { Erasure, type ErasureRow } from './erasure.entity.js';
import { jobIdOf } from './erasures.js';
import { appendToList, type ErasureLine } from './erasures-file.js';
import { removeAccount } from './remove-account.js';
import { added, totalOf } from './tally.js';

type Job = JobContext<{ user_id: string }>;
type Erasing = ErasureRow & { readonly userId: string };

/**
 * Erases a person in every service, until a pass that began long enough after another found nothing: what ran for the person when it
 * began may have written until then. Each piece is safe to do again.
 */
@Controller()
export class ErasePersonJob {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(SETTINGS) private readonly settings: IdentitySettings,
  ) {}

  @HandlesJob(erasePersonJob)
  async erase(job: Job) {
    const row = await this.row(job.payload.user_id);
    if (!row) throw new PermanentJobError('ERASURE_NOT_FOUND', 'there is no such erasure');
    if (isErasing(row)) {
      const settleMs = this.settings.ERASURE_SETTLE_SECONDS * 1000;
      // A backup of any moment from now on may be put back: by this line the person is found again.
      if (row.passedAt == null) {
        await this.list({ pseudonym: row.pseudonym, begun_at: row.requestedAt.toISOString() });
      }
      const hasSettled = row.passedAt != null && Date.now() - row.passedAt.getTime() >= settleMs;
      const found = await this.pass(row, job);
      if (found > 0 || !hasSettled) {
        const now = new Date();
        await this.change(row.id, { passedAt: now });
        throw new PostponedJobError(
          'ERASURE_SETTLES',
          'it looks once more when what was running for the person has ended',
          new Date(now.getTime() + settleMs),
        );
      }
      await this.finish(row);
    }
    const ended = await this.row(row.id);
    return { erasure_id: row.id, removed: totalOf(ended?.removed ?? []) };
  }

  /** It is not given up: the sweep requests another job. */
  @OnJobFailed(erasePersonJob)
  async failed({ payload, log, problem }: FailedJob<{ user_id: string }>): Promise<void> {
    log.error({ erasure_id: payload.user_id, problem }, 'an erasure failed, and is begun again');
  }

  /** @returns how much there was to remove. */
  private async pass(row: Erasing, job: Job): Promise<number> {
    const { id, userId } = row;
    let found = 0;
    const note = async (removed: readonly RemovedStore[], elsewhere: readonly AllowedElsewhere[] = []) => {
      found += totalOf(removed);
      const known = await this.row(id);
      if (!known || (removed.length === 0 && elsewhere.length === 0)) return;
      const allowed = [...known.allowedElsewhere, ...elsewhere];
      await this.change(id, {
        removed: added(known.removed, removed),
        allowedElsewhere: [...new Map(allowed.map((one) => [one.provider, one])).values()],
      });
    };
    for (const [index, question] of erasureQuestions.entries()) {
      for (let left = true; left; ) {
        job.signal.throwIfAborted();
        const answer = await this.rpc.ask(question, { user_id: userId });
        await note(answer.removed, answer.allowed_elsewhere);
        left = answer.left;
        job.progress({
          percent: Math.floor((index * 100) / (erasureQuestions.length + 1)),
          message: `removed ${found} in ${question.service} and before it`,
        });
      }
    }
    await note(await this.own(userId));
    return found;
  }

  /** What is left here: the account went when it began. */
  private async own(userId: string): Promise<RemovedStore[]> {
    const { stream, filter } = userAggregate(userId);
    const events = await eraseMessages(this.store, stream, filter);
    const rows = await this.orm.em.fork().transactional((em) => removeAccount(em, userId));
    return [
      { service: 'identity', store: `stream ${stream}`, removed: events.removed },
      ...rows.map(
        ({ table, removed }) => ({ service: 'identity', store: `table ${table}`, removed }) as const,
      ),
    ];
  }

  private async finish({ id, pseudonym, round }: Erasing): Promise<void> {
    const doneAt = new Date();
    await this.list({ pseudonym, erased_at: doneAt.toISOString() });
    const audited = await this.orm.em.fork().transactional(async (em) => {
      await em.nativeUpdate(Erasure, { id }, { userId: null, doneAt });
      const action = { what: 'person-erased', by: 'service', subject: pseudonym } as const;
      const targets = { task_id: jobIdOf({ id, round }) };
      return recordAudit(em, { ...action, targets, at: doneAt.toISOString() });
    });
    await sendAudit(this.store, this.orm.em.fork(), audited);
  }

  private async list(line: ErasureLine): Promise<void> {
    const { ERASURE_LIST } = this.settings;
    if (ERASURE_LIST !== undefined) await appendToList(ERASURE_LIST, line);
  }

  private row(id: string): Promise<ErasureRow | null> {
    return this.orm.em.fork().findOne(Erasure, { id }, { disableIdentityMap: true });
  }

  private async change(id: string, change: Partial<ErasureRow>): Promise<void> {
    await this.orm.em.fork().nativeUpdate(Erasure, { id }, change);
  }
}

const isErasing = (row: ErasureRow): row is Erasing => row.userId != null;
