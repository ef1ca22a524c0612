import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import type { Registration } from '@undertone/contracts/identity/user';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { redeem } from '../codes/one-time-codes.js';
import type { IdentitySettings } from '../settings.js';
import { hashPassword, isPassword, mustBeHardToGuess } from '../sign-in/passwords.js';
import { Throttle } from '../sign-in/throttle.js';
import { fingerprintsOf, sealPerson, signInFingerprints } from '../users/personal-data.js';
import { alreadyRegistered } from '../users/profile.js';
import { User, type UserRow } from '../users/user.entity.js';
import { findOrInsert } from './find-or-insert.js';

/** Makes accounts, of people who will sign in with e-mail and password. */
@Injectable()
export class Accounts {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
    @Inject(Throttle) private readonly throttle: Throttle,
    @Inject(SETTINGS) private readonly settings: IdentitySettings,
  ) {}

  /**
   * The same e-mail and password again give the same account, whatever else is said, and change nothing of it.
   * @throws {Refused} `ALREADY_REGISTERED` for another password, `REGISTRATION_CLOSED`, `CODE_NOT_VALID`, `SIGN_IN_SLOWED`,
   * or `INVALID_INPUT`.
   */
  async register(registration: Registration & { address?: string | undefined }): Promise<UserRow> {
    const { password, email: given, address = '' } = registration;
    if (given === undefined) throw required('email');
    if (password === undefined) throw required('password');
    const email = given.toLowerCase();
    await this.throttle.take(email, address);
    const em = this.orm.em.fork();
    const fingerprints = signInFingerprints(this.encryption, email);
    const known = await em.findOne(User, { signInEmailFingerprint: { $in: fingerprints } });
    // Where there is no account there was nothing to guess.
    if (!known) await this.throttle.succeeded(email, address);
    const row = known ?? (await this.make(em, registration, email, password, fingerprints));
    if (!(await isPassword(row.passwordHash, password))) throw alreadyRegistered();
    await this.throttle.succeeded(email, address);
    return row;
  }

  private async make(
    em: EntityManager,
    registration: Registration,
    signInEmail: string,
    password: string,
    fingerprints: readonly string[],
  ): Promise<UserRow> {
    const { spotify_user_id: spotifyUserId, display_name: displayName, invitation } = registration;
    const { REGISTRATION: policy } = this.settings;
    if (invitation === undefined && policy !== 'open') throw closed(policy);
    mustBeHardToGuess('password', password, [displayName, signInEmail]);
    const passwordHash = await hashPassword(password);
    return em.transactional(async (transaction) => {
      const { makesAdmin } =
        invitation === undefined
          ? { makesAdmin: false }
          : await redeem(transaction, 'invitation', invitation);
      if (spotifyUserId !== undefined) await this.mustBeUnclaimed(transaction, spotifyUserId);
      const { row } = await findOrInsert(transaction, 'signInEmailFingerprint', fingerprints, (id) => ({
        ...sealPerson(this.encryption, id, {
          spotifyUserId,
          isSpotifyProven: false,
          displayName,
          email: signInEmail,
          signInEmail,
        }),
        timeZone: registration.time_zone ?? null,
        passwordHash,
        isAdmin: makesAdmin,
      }));
      return row;
    });
  }

  /** Whoever is known here by this name at Spotify is given their account by an admin's code, and not by naming it. */
  async mustBeUnclaimed(em: EntityManager, spotifyUserId: string): Promise<void> {
    const fingerprints = fingerprintsOf(this.encryption, spotifyUserId);
    if ((await em.count(User, { spotifyUserFingerprint: { $in: fingerprints } })) > 0) {
      throw alreadyRegistered();
    }
  }
}

const required = (path: string): Refused =>
  new Refused('INVALID_INPUT', `${path}: is required`, [
    { path, message: 'is required: people sign in here with e-mail and password' },
  ]);

const closed = (policy: 'invitation' | 'closed'): Refused =>
  new Refused(
    'REGISTRATION_CLOSED',
    policy === 'invitation'
      ? 'registering takes the code of an invitation: ask an admin for one'
      : 'nobody can register here but by an admin’s invitation',
  );
