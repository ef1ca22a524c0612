import { userExists } from '@undertone/contracts/identity/rpc';
import type { ToneMode } from '@undertone/contracts/insight/insight';
import { zoneToCountIn } from '@undertone/contracts/time-zone';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { HttpProblem } from '../problems/problem.js';

/** How long an answer is good: an erased user is refused after that. */
const KEPT_MS = 60_000;
const MOST = 10_000;

/** What the gateway knows of a user. */
export interface KnownUser {
  /** Whose days their history is counted in: an IANA name; null where they never gave one. */
  readonly timeZone: string | null;
  /** The tone that they prefer; null where they chose none. */
  readonly toneMode: ToneMode | null;
}

/**
 * Which users exist, as identity says. Only "yes" is remembered, for a minute: a "no" may be wrong in the next
 * moment, when the person registers.
 */
export class KnownUsers {
  /** With the time until which each is remembered; oldest first. */
  private readonly known = new Map<string, { readonly user: KnownUser; readonly until: number }>();

  constructor(
    private readonly rpc: RpcClient,
    private readonly now: () => number,
  ) {}

  /**
   * @throws {HttpProblem} 404 when there is no such user.
   * @throws {ServiceUnavailable} when identity does not answer.
   */
  async mustExist(userId: string): Promise<KnownUser> {
    const user = await this.find(userId);
    if (!user) throw new HttpProblem('USER_NOT_FOUND', 'there is no such user');
    return user;
  }

  /**
   * @returns `undefined` when there is no such user.
   * @throws {ServiceUnavailable} when identity does not answer.
   */
  async find(userId: string): Promise<KnownUser | undefined> {
    const remembered = this.known.get(userId);
    if (remembered && remembered.until > this.now()) return remembered.user;
    const {
      exists,
      time_zone: timeZone,
      tone_mode: toneMode,
    } = await this.rpc.ask(userExists, { user_id: userId });
    if (!exists) {
      this.known.delete(userId);
      return undefined;
    }
    const user = { timeZone, toneMode };
    this.remember(userId, user);
    return user;
  }

  /**
   * The same of a person who was found long ago, as before an upload of minutes: they may have been erased meanwhile.
   * @throws as `mustExist`.
   */
  async mustStillExist(userId: string): Promise<void> {
    this.forget(userId);
    await this.mustExist(userId);
  }

  /** Of a person who is gone. */
  forget(userId: string): void {
    this.known.delete(userId);
  }

  /** @param user as identity shows them: the zone may be one that an earlier release took. */
  remember(userId: string, { timeZone, toneMode }: KnownUser): void {
    const user = { timeZone: timeZone === null ? null : zoneToCountIn(timeZone), toneMode };
    this.known.delete(userId);
    this.known.set(userId, { user, until: this.now() + KEPT_MS });
    const oldest = this.known.keys().next();
    if (this.known.size > MOST && !oldest.done) this.known.delete(oldest.value);
  }
}
