import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { Refused } from '@undertone/platform/rpc/rpc-client';

interface Limit {
  /** Failures in a row that cost nothing. */
  readonly free: number;
  /** The longest wait, in seconds: nobody is locked out for longer by what others do. */
  readonly longest: number;
}

/**
 * One account from one address may fail a few times, then each try has to wait twice as long as the last. An account as a
 * whole, and an address as a whole, get further, and an account never waits long, since whoever guesses at it from many
 * addresses would keep its owner out.
 */
const LIMITS = {
  both: { free: 5, longest: 300 },
  address: { free: 30, longest: 300 },
  account: { free: 30, longest: 20 },
} as const satisfies Record<string, Limit>;
type Kind = keyof typeof LIMITS;

/** Failures are forgotten after this time without another one, in seconds. */
const FORGOTTEN_SECONDS = 15 * 60;

/**
 * How fast somebody may guess. It is counted in Postgres, because it has to hold when Redis was emptied, and before the
 * password is looked at, so that tries at the same moment count, too.
 */
@Injectable()
export class Throttle {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
  ) {}

  /**
   * Counts a try as failed until `succeeded` says otherwise.
   * @param account what is guessed at: an address to sign in with, or a code.
   * @throws {Refused} `SIGN_IN_SLOWED`, and the try does not count.
   */
  async take(account: string, address: string): Promise<void> {
    const subjects = this.subjects(account, address);
    const wait = await this.orm.em.fork().transactional(async (em) => {
      await em.execute(
        `delete from failed_try where subject in (
           select subject from failed_try where failed_at < now() - make_interval(secs => ?)
           order by failed_at limit 100 for update skip locked)`,
        [FORGOTTEN_SECONDS],
      );
      let longest = 0;
      for (const [kind, subject] of subjects) {
        const [row] = await em.execute<{ failures: number; ago: number }[]>(
          `insert into failed_try (subject, failures, failed_at) values (?, 0, clock_timestamp())
           on conflict (subject) do update set failures = failed_try.failures
           returning failures, extract(epoch from clock_timestamp() - failed_at)::float8 as ago`,
          [subject],
        );
        if (row) longest = Math.max(longest, waitOf(row.failures, LIMITS[kind]) - Math.max(row.ago, 0));
      }
      if (longest > 0) return longest;
      await em.execute(
        `update failed_try set failures = failures + 1, failed_at = clock_timestamp() where subject in (?, ?, ?)`,
        subjects.map(([, subject]) => subject),
      );
      return 0;
    });
    if (wait > 0) throw slowed(Math.ceil(wait));
  }

  /** The try did not fail: the account's failures from this address are forgotten, and elsewhere it is taken back. */
  async succeeded(account: string, address: string): Promise<void> {
    const subjects = this.subjects(account, address);
    await this.orm.em.fork().transactional(async (em) => {
      for (const [kind, subject] of subjects) {
        const failures = kind === 'both' ? '0' : 'greatest(failures - 1, 0)';
        await em.execute(`update failed_try set failures = ${failures} where subject = ?`, [subject]);
      }
    });
  }

  private subjects(account: string, address: string): [Kind, string][] {
    const fingerprint = (text: string) =>
      this.encryption.fingerprints(text, 'identity.failed_try/subject')[0];
    // In one order, so that two tries never wait for each other.
    const subjects: [Kind, string][] = [
      ['both', `both:${fingerprint(`${account} ${address}`)}`],
      ['address', `address:${fingerprint(address)}`],
      ['account', `account:${fingerprint(account)}`],
    ];
    return subjects.sort(([, a], [, b]) => (a < b ? -1 : 1));
  }
}

/** Seconds after the last failure until the next try. */
export const waitOf = (failures: number, { free, longest }: Limit): number =>
  failures < free ? 0 : Math.min(2 ** (failures - free), longest);

const slowed = (seconds: number): Refused =>
  new Refused('SIGN_IN_SLOWED', `too many tries failed: wait ${seconds} s`, undefined, undefined, seconds);
