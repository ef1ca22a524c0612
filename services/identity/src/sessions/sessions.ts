import { LockMode } from '@mikro-orm/core';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { type Grant, MOST_SESSIONS } from '@undertone/contracts/sign-in/session';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { recordAudit } from '../audit/record-audit.js';
import type { IdentitySettings } from '../settings.js';
import { AccessTokens } from '../signing-keys/access-tokens.js';
import { User } from '../users/user.entity.js';
import { type CameBy, isStillGood } from '../ways-in/ways-to-sign-in.js';
import { recordReuse } from './record-reuse.js';
import {
  advanced,
  ageOf,
  currentOf,
  parseToken,
  skippedOver,
  startChain,
  successorOf,
} from './refresh-token.js';
import { Revocations } from './revocations.js';
import { Session, type SessionRow } from './session.entity.js';

/** A replaced token is good for so long, whatever becomes of what replaced it: two requests may come at once. */
const GRACE_MS = 60_000;
/** And for so long, as often in a row, where nobody has shown what replaced it: the answer was lost. */
const LOST_MS = 24 * 60 * 60 * 1000;
const MOST_LOST = 10;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Which sessions of a person. */
interface Which {
  readonly only?: string;
  readonly except?: string | undefined;
  /** Those that began with this passkey or linked account. */
  readonly startedBy?: string;
}

/** Starts sessions, lets them go on, and ends them. */
@Injectable()
export class Sessions {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(AccessTokens) private readonly tokens: AccessTokens,
    @Inject(Revocations) private readonly revocations: Revocations,
    @Inject(SETTINGS) private readonly settings: IdentitySettings,
  ) {}

  /**
   * Signs a user in on a device. Of a person who has very many, the one that was used longest ago ends.
   * @throws {Refused} when what they came by was changed or removed meanwhile, or they were erased: `SIGN_IN_FAILED`, `PASSKEY_NOT_VALID` or
   * `SIGN_IN_EXPIRED`.
   */
  async start(userId: string, device: string, cameBy: CameBy): Promise<Grant> {
    const startedBy = 'link' in cameBy ? cameBy.link : 'passkey' in cameBy ? cameBy.passkey : null;
    const id = newId();
    const { token, chain } = startChain(id);
    const now = new Date();
    const isOneTooMany = await this.orm.em.fork().transactional(async (em) => {
      const user = await em.findOne(User, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      // Whoever takes it away ends its sessions under the same lock: none may begin with it after that.
      if (!user || !(await isStillGood(em, user, cameBy))) throw notGoodAnyMore(cameBy);
      await this.forgetOver(em, userId, now);
      const others = await em.find(
        Session,
        { userId, endedAt: null },
        { orderBy: { rotatedAt: 'desc' }, offset: MOST_SESSIONS - 1 },
      );
      for (const other of others) other.endedAt = now;
      em.create(Session, {
        id,
        userId,
        device,
        ...chain,
        createdAt: now,
        rotatedAt: now,
        endedAt: null,
        startedBy,
        reuseFoundAt: null,
      });
      return others.length > 0;
    });
    if (isOneTooMany) await this.revocations.write();
    return this.grant({ id, userId, createdAt: now, rotatedAt: now }, token);
  }

  /**
   * Gives the next tokens. @throws {Refused} `SESSION_ENDED`; for a token that was replaced longer than a minute ago, by one that
   * somebody has shown, the session ends, because somebody else may have it.
   */
  async refresh(token: string): Promise<Grant> {
    const parsed = parseToken(token);
    if (!parsed) throw over();
    const { sessionId, secret } = parsed;
    const now = new Date();
    const outcome = await this.orm.em.fork().transactional(async (em) => {
      const row = await em.findOne(Session, { id: sessionId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!row || row.endedAt != null || this.expiryOf(row) <= now) return undefined;
      const age = ageOf(secret, row);
      if (age === 'foreign') return undefined;
      const sinceMs = now.getTime() - row.rotatedAt.getTime();
      const current = age === 'previous' ? currentOf(secret, row) : secret;
      const isLost = age === 'previous' && !row.isShown && row.skipped < MOST_LOST && sinceMs <= LOST_MS;
      const isSoon = row.rotations > 0 && sinceMs <= GRACE_MS;
      if (age === 'spent' || (age === 'previous' && !isSoon && !isLost)) {
        Object.assign(row, { endedAt: now, reuseFoundAt: now });
        await recordAudit(em, {
          ...{ what: 'shared-session-ended', by: 'service', at: now.toISOString() },
          ...{ subject: pseudonymOf(row.userId), targets: { session_id: sessionId } },
        });
        return { reused: row };
      }
      // At most one is replaced within the time that a replaced one is good for: so nobody who comes in time shows a spent one.
      if (isSoon) {
        if (age === 'current') row.isShown = true;
        return { row, next: `${sessionId}.${current}` };
      }
      Object.assign(row, age === 'current' ? advanced(row, current) : skippedOver(row, current), {
        rotatedAt: now,
      });
      return { row, next: `${sessionId}.${successorOf(current, row)}` };
    });
    if (!outcome) throw over();
    if (outcome.reused) {
      await this.revocations.write();
      await recordReuse(this.store, this.orm.em.fork(), outcome.reused);
      throw over();
    }
    return this.grant(outcome.row, outcome.next);
  }

  /**
   * Of what adds a way to sign in, or a key, in its transaction: a session that ends at the same moment adds nothing after that.
   * @param em of a transaction that has the user's row locked.
   * @throws {Refused} `SESSION_ENDED`
   */
  async mustGoOn(em: EntityManager, userId: string, sessionId: string): Promise<void> {
    const row = await em.findOne(
      Session,
      { id: sessionId, userId, endedAt: null },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    );
    if (!row || this.expiryOf(row) <= new Date()) throw over();
  }

  /** Those of a user that are not over, the last used first. */
  async of(userId: string): Promise<(SessionRow & { readonly expiresAt: Date })[]> {
    const rows = await this.orm.em
      .fork()
      .find(
        Session,
        { userId, endedAt: null },
        { orderBy: { rotatedAt: 'desc' }, limit: MOST_SESSIONS, disableIdentityMap: true },
      );
    const now = new Date();
    return rows
      .map((row) => Object.assign(row, { expiresAt: this.expiryOf(row) }))
      .filter(({ expiresAt }) => expiresAt > now);
  }

  /**
   * Ends sessions of a user: one, or all but one. Their access tokens and open event streams end within a second.
   * @returns how many ended.
   */
  async end(userId: string, which: Which = {}): Promise<number> {
    const ended = await this.endWithin(this.orm.em.fork(), userId, which);
    if (ended > 0) await this.revocations.write();
    return ended;
  }

  /** As `end`, within a transaction; after it `Revocations.write` is to be called. */
  endWithin(em: EntityManager, userId: string, { only, except, startedBy }: Which = {}): Promise<number> {
    return em.nativeUpdate(
      Session,
      {
        userId,
        endedAt: null,
        ...(only && { id: only }),
        ...(except && { id: { $ne: except } }),
        ...(startedBy && { startedBy }),
      },
      { endedAt: new Date() },
    );
  }

  private async grant(
    session: Pick<SessionRow, 'id' | 'userId' | 'createdAt' | 'rotatedAt'>,
    refresh_token: string,
  ): Promise<Grant> {
    const { token, expiresIn } = await this.tokens.issue(session);
    return {
      user_id: session.userId,
      session_id: session.id,
      access_token: token,
      refresh_token,
      expires_in: expiresIn,
      refresh_expires_in: Math.floor((this.expiryOf(session).getTime() - Date.now()) / 1000),
    };
  }

  private expiryOf({ createdAt, rotatedAt }: Pick<SessionRow, 'createdAt' | 'rotatedAt'>): Date {
    const { SESSION_IDLE_DAYS, SESSION_MAX_DAYS } = this.settings;
    return new Date(
      Math.min(
        rotatedAt.getTime() + SESSION_IDLE_DAYS * DAY_MS,
        createdAt.getTime() + SESSION_MAX_DAYS * DAY_MS,
      ),
    );
  }

  /** What is over for a day, and said in the log, is of no more use; so the table does not grow with the years. */
  private async forgetOver(em: EntityManager, userId: string, now: Date): Promise<void> {
    const { SESSION_IDLE_DAYS, SESSION_MAX_DAYS } = this.settings;
    const before = (days: number) => new Date(now.getTime() - (days + 1) * DAY_MS);
    await em.execute(
      `delete from session where id in (
         select id from session where user_id = ? and reuse_found_at is null
           and (ended_at < ? or rotated_at < ? or created_at < ?)
         limit 100 for update skip locked)`,
      [userId, before(0), before(SESSION_IDLE_DAYS), before(SESSION_MAX_DAYS)],
    );
  }
}

const over = (): Refused => new Refused('SESSION_ENDED', 'the session is over: sign in again');

function notGoodAnyMore(cameBy: CameBy): Refused {
  if ('password' in cameBy) return wrongPassword();
  return 'passkey' in cameBy
    ? new Refused('PASSKEY_NOT_VALID', 'the passkey was removed at the same moment')
    : new Refused('SIGN_IN_EXPIRED', 'the account was unlinked at the same moment: begin again');
}

export const wrongPassword = (): Refused => new Refused('SIGN_IN_FAILED', 'e-mail or password are wrong');
