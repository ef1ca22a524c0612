import { LockMode } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '@undertone/contracts/access/principal';
import { erasePersonJob } from '@undertone/contracts/jobs/erase-person';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { requestDerivedJob } from '@undertone/platform/jobs/request-job';
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

/** The job of an erasure; another one after each that failed for good. */
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
   * @param isKnown the person has no row, and is known to the log.
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
    const { id, round } = erasure;
    if (!erasure.jobRequested) await this.requestInTime({ id, round });
    return { id, round };
  }

  /** @throws {LogUnavailable} the row goes on saying that the job is to be requested. */
  async request({ id, round }: Requested): Promise<void> {
    await requestDerivedJob(this.store, erasePersonJob, {
      jobId: jobIdOf({ id, round }),
      payload: { user_id: id },
      lane: 'interactive',
      source: 'identity',
    });
    await this.orm.em.fork().nativeUpdate(Erasure, { id, round }, { jobRequested: true });
  }

  private async requestInTime(erasure: Requested): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, REQUESTED_WITHIN_MS);
    });
    const requested = this.request(erasure).catch((error: unknown) =>
      this.log.warn({ err: error, erasure_id: erasure.id }, 'an erasure’s job is requested later'),
    );
    await Promise.race([requested, late]);
    clearTimeout(timer);
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
});
