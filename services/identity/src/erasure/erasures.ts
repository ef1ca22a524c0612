import { LockMode } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '@undertone/contracts/access/principal';
import { erasePersonJob } from '@undertone/contracts/jobs/erase-person';
import { isTerminal } from '@undertone/contracts/jobs/job';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { requestDerivedJob } from '@undertone/platform/jobs/request-job';
import { evolveTask } from '@undertone/platform/jobs/task';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { byCaller, recordAudit } from '../audit/record-audit.js';
import { Providers } from '../providers/providers.js';
import { hashOf } from '../secrets/random-secret.js';
import { Revocations } from '../sessions/revocations.js';
import { oneAtATime } from '../users/one-at-a-time.js';
import { unknownUser } from '../users/profile.js';
import { User } from '../users/user.entity.js';
import { lockedAdmins, mustLeaveAnAdmin } from '../ways-in/last-admin.js';
import { Erasure, type ErasureRow } from './erasure.entity.js';
import { removeAccount } from './remove-account.js';
import { added } from './tally.js';

/** How long a person waits for the log to take the job; a sweep requests it where it does not. */
const REQUESTED_WITHIN_MS = 2_000;

type Requested = Pick<ErasureRow, 'id' | 'round'>;
/** What is known of an erasure's job. */
type Begun = Requested & Pick<ErasureRow, 'jobRequested'>;

/** The job of an erasure; another one after each that ended before the erasure did. */
export const jobIdOf = ({ id, round }: Requested): string => derivedId('erase-person', id, `${round}`);

interface BeginOptions {
  readonly code?: string;
  readonly isKnown?: boolean;
  readonly orderedBy?: Principal;
  readonly leavesAnAdmin?: boolean;
}

/** Begins to erase people. */
@Injectable()
export class Erasures {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(Revocations) private readonly revocations: Revocations,
    @Inject(Providers) private readonly providers: Providers,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * The account goes at once, in one transaction with the note of it, so that from then on there is no such person; a job removes
   * the rest. One that is under way goes on.
   * @param code of the receipt; absent: nobody is given one.
   * @param isKnown the person may have no row here, and is known elsewhere.
   * @param orderedBy who had somebody else erased, which the audit is told.
   * @param leavesAnAdmin a last admin whom other people are left without is refused.
   * @throws {Refused} `USER_NOT_FOUND`, `LAST_ADMIN`
   */
  async begin(
    userId: string,
    { code, isKnown = false, orderedBy, leavesAnAdmin = false }: BeginOptions,
  ): Promise<Requested> {
    const erasure = await this.orm.em.fork().transactional(async (em) => {
      await oneAtATime(em, [pseudonymOf(userId)]);
      const admins = leavesAnAdmin ? await lockedAdmins(em) : [];
      const person = await em.findOne(User, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const begun = await em.findOne(Erasure, { userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!person && !begun && !isKnown) throw unknownUser();
      if (leavesAnAdmin && person?.isAdmin && (await em.count(User, { id: { $ne: userId } })) > 0) {
        await mustLeaveAnAdmin(em, person, admins, this.providers);
      }
      const row = begun ?? em.create(Erasure, begunBy(userId));
      if (code !== undefined) row.codeHash = hashOf(code);
      if (person) {
        const removed = await removeAccount(em, userId);
        row.removed = added(
          row.removed,
          removed.map(({ table, removed: rows }) => ({
            service: 'identity' as const,
            store: `table ${table}`,
            removed: rows,
          })),
        );
      }
      if (orderedBy) {
        await em.flush();
        const targets = { task_id: jobIdOf(row) };
        const action = { what: 'erasure-ordered', ...byCaller(orderedBy), subject: row.pseudonym, targets };
        await recordAudit(em, { ...action, at: new Date().toISOString() });
      }
      return row;
    });
    await this.revocations.write();
    return this.inTime(erasure);
  }

  /**
   * Sees to it that an erasure has a job. One whose job has ended, as the log says, gets another: the job failed, or the database
   * is older than its end. A job that the log does not have is requested as it was; one that is alive goes on.
   * @returns the erasure with its job.
   * @throws {LogUnavailable} the next look finds the same.
   */
  async takeUp({ id, round, jobRequested }: Begun): Promise<Requested> {
    const last = jobRequested && (await this.store.last('JOBS', anyJobFilter(jobIdOf({ id, round }))));
    if (!last) return this.request({ id, round });
    const status = evolveTask(undefined, last)?.task.status;
    if (status === undefined || !isTerminal(status)) return { id, round };
    const next = { round: round + 1, jobRequested: false };
    const begun = await this.orm.em.fork().nativeUpdate(Erasure, { id, round, doneAt: null }, next);
    // Its job came to its end just now, or somebody else was faster.
    if (begun === 0) return { id, round };
    this.log.warn(
      { erasure_id: id, round: next.round },
      'an erasure’s job ended before it, and is followed by another',
    );
    return this.request({ id, round: next.round });
  }

  private async request({ id, round }: Requested): Promise<Requested> {
    await requestDerivedJob(this.store, erasePersonJob, {
      jobId: jobIdOf({ id, round }),
      payload: { user_id: id },
      lane: 'interactive',
      source: 'identity',
    });
    await this.orm.em.fork().nativeUpdate(Erasure, { id, round }, { jobRequested: true });
    return { id, round };
  }

  private async inTime(erasure: Begun): Promise<Requested> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Requested>((resolve) => {
      timer = setTimeout(() => resolve(erasure), REQUESTED_WITHIN_MS);
    });
    const requested = this.takeUp(erasure).catch((error: unknown) => {
      this.log.warn({ err: error, erasure_id: erasure.id }, 'an erasure’s job is requested later');
      return erasure;
    });
    try {
      return await Promise.race([requested, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const begunBy = (userId: string) => ({
  id: newId(),
  userId,
  pseudonym: pseudonymOf(userId),
  codeHash: null,
  requestedAt: new Date(),
  passedAt: null,
  removed: [],
  allowedElsewhere: [],
  doneAt: null,
  rewrittenAt: null,
  notRewritten: null,
});
