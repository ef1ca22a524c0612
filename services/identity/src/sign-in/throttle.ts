import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
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
 * whole, and an address as a whole, get further. An account never waits long, and not at all where its owner signed in before,
 * since whoever guesses at it from many addresses would keep them out; at a new address its turn comes within a minute.
 */
const LIMITS = {
  both: { free: 5, longest: 300 },
  address: { free: 30, longest: 300 },
  account: { free: 30, longest: 20 },
} as const satisfies Record<string, Limit>;
type Kind = keyof typeof LIMITS;

/**
 * Who was told to wait at an address so long, in seconds, tries in turn, whatever others fail with elsewhere: who has very many addresses
 * would otherwise always be first.
 */
const TURN_SECONDS = 60;
/** Failures are forgotten after this time without another one, in seconds. */
const FORGOTTEN_SECONDS = 15 * 60;
/** An address from which somebody signed in to an account is known for it so long, in seconds. */
const KNOWN_SECONDS = 90 * 24 * 60 * 60;

interface Tries {
  readonly failures: number;
  /** Seconds since the last failure. */
  readonly ago: number;
  readonly isKnown: boolean;
  /** Seconds since somebody was first told to wait here. */
  readonly waited: number;
}

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
   * Counts a try as failed until `succeeded` or `takeBack` says otherwise.
   * @param account what is guessed at: an address to sign in with. `undefined`: a code, which is nobody's until it is right.
   * @throws {Refused} `SIGN_IN_SLOWED`, and the try does not count.
   */
  async take(account: string | undefined, address: string): Promise<void> {
    const subjects = this.subjects(account, address);
    const wait = await this.orm.em.fork().transactional(async (em) => {
      await forget(em);
      const tries = new Map<Kind, Tries>();
      for (const [kind, subject] of subjects) tries.set(kind, await triesOf(em, subject));
      const { isKnown = false, waited = 0 } = tries.get('both') ?? {};
      const longest = Math.max(
        ...[...tries].map(([kind, { failures, ago }]) => {
          const wait = waitOf(failures, LIMITS[kind]) - ago;
          // Whoever was here before, or has waited, is not kept out by what others do elsewhere.
          return kind === 'account' ? Math.min(wait, isKnown ? 0 : TURN_SECONDS - waited) : wait;
        }),
      );
      if (longest > 0) {
        for (const [kind, subject] of subjects) if (kind === 'both') await startWaiting(em, subject);
        return longest;
      }
      for (const [, subject] of subjects) {
        await em.execute(
          `update failed_try set failed_at = clock_timestamp(), waiting_since = null, failures = 1 +
             case when failed_at < clock_timestamp() - make_interval(secs => ?) then 0 else failures end
           where subject = ?`,
          [FORGOTTEN_SECONDS, subject],
        );
      }
      return 0;
    });
    if (wait > 0) throw slowed(Math.ceil(wait));
  }

  /** The try was right: the account's failures from this address are forgotten, and elsewhere it is taken back. */
  async succeeded(account: string, address: string): Promise<void> {
    await this.change(account, address, (kind) =>
      kind === 'both' ? 'failures = 0, succeeded_at = clock_timestamp()' : ONE_LESS,
    );
  }

  /** The try was no guess: it is taken back, once. */
  async takeBack(account: string | undefined, address: string): Promise<void> {
    await this.change(account, address, () => ONE_LESS);
  }

  private async change(
    account: string | undefined,
    address: string,
    what: (kind: Kind) => string,
  ): Promise<void> {
    await this.orm.em.fork().transactional(async (em) => {
      for (const [kind, subject] of this.subjects(account, address)) {
        await em.execute(`update failed_try set ${what(kind)} where subject = ?`, [subject]);
      }
    });
  }

  private subjects(account: string | undefined, address: string): [Kind, string][] {
    const fingerprint = (text: string) =>
      this.encryption.fingerprints(text, 'identity.failed_try/subject')[0];
    const subjects: [Kind, string][] = [['address', `address:${fingerprint(address)}`]];
    if (account !== undefined) {
      subjects.push(['both', `both:${fingerprint(`${account} ${address}`)}`]);
      subjects.push(['account', `account:${fingerprint(account)}`]);
    }
    // In one order, so that two tries never wait for each other.
    return subjects.sort(([, a], [, b]) => (a < b ? -1 : 1));
  }
}

const ONE_LESS = 'failures = greatest(failures - 1, 0)';

/** The row of a subject, locked; made where there was none. */
async function triesOf(em: EntityManager, subject: string): Promise<Tries> {
  const [row] = await em.execute<{ failures: number; ago: number; known: boolean; waited: number }[]>(
    `insert into failed_try (subject, failures, failed_at) values (?, 0, clock_timestamp())
     on conflict (subject) do update set failures = failed_try.failures
     returning failures, extract(epoch from clock_timestamp() - failed_at)::float8 as ago,
       coalesce(succeeded_at > clock_timestamp() - make_interval(secs => ?), false) as known,
       coalesce(extract(epoch from clock_timestamp() - waiting_since), 0)::float8 as waited`,
    [subject, KNOWN_SECONDS],
  );
  const { failures = 0, ago = 0, known = false, waited = 0 } = row ?? {};
  return { failures: ago > FORGOTTEN_SECONDS ? 0 : failures, ago: Math.max(ago, 0), isKnown: known, waited };
}

const startWaiting = (em: EntityManager, subject: string): Promise<unknown> =>
  em.execute(
    'update failed_try set waiting_since = coalesce(waiting_since, clock_timestamp()) where subject = ?',
    [subject],
  );

/** Some of what is of no more use, each time; so the table does not grow with the years. */
async function forget(em: EntityManager): Promise<void> {
  await em.execute(
    `delete from failed_try where subject in (
       select subject from failed_try where failed_at < now() - make_interval(secs => ?)
         and (succeeded_at is null or succeeded_at < now() - make_interval(secs => ?))
       order by failed_at limit 100 for update skip locked)`,
    [FORGOTTEN_SECONDS, KNOWN_SECONDS],
  );
}

/** Seconds after the last failure until the next try. */
export const waitOf = (failures: number, { free, longest }: Limit): number =>
  failures < free ? 0 : Math.min(2 ** (failures - free), longest);

const slowed = (seconds: number): Refused =>
  new Refused('SIGN_IN_SLOWED', `too many tries failed: wait ${seconds} s`, undefined, undefined, seconds);
