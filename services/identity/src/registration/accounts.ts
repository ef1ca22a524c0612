import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import type { Registration } from '@undertone/contracts/identity/user';
import type { ProblemCode } from '@undertone/contracts/problems';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { Refused, wrongField } from '@undertone/platform/rpc/rpc-client';
import { mustBeGood } from '../codes/one-time-codes.js';
import { hashOf } from '../secrets/random-secret.js';
import type { IdentitySettings } from '../settings.js';
import { hashPassword, isPassword, mustBeHardToGuess } from '../sign-in/passwords.js';
import { Throttle } from '../sign-in/throttle.js';
import { fingerprintsOf, sealPerson, signInFingerprints } from '../users/personal-data.js';
import { alreadyRegistered } from '../users/profile.js';
import { User, type UserRow } from '../users/user.entity.js';
import { findOrInsert } from './find-or-insert.js';
import { mayRegister, recordAdmin, redeemInvitation } from './may-register.js';

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
    const find = () => em.findOne(User, { signInEmailFingerprint: { $in: fingerprints } }, { refresh: true });
    const known = await find();
    // It takes as long where there is no account: who has one is theirs to say.
    if ((await isPassword(known?.passwordHash, password)) && known) {
      await this.throttle.succeeded(email, address);
      return known;
    }
    const { invitation } = registration;
    mayRegister(this.settings.REGISTRATION, invitation !== undefined);
    try {
      if (invitation !== undefined) await mustBeGood(em, 'invitation', invitation);
      if (known) throw alreadyRegistered();
      const made = await this.make(registration, email, password, fingerprints);
      await this.throttle.takeBack(email, address);
      if (await isPassword(made.passwordHash, password)) return made;
      throw alreadyRegistered();
    } catch (error) {
      // The same request, sent twice at once: the other one used the invitation up.
      const other = isCode(error, 'CODE_NOT_VALID') ? await find() : null;
      if (other && (await isPassword(other.passwordHash, password))) return other;
      // A password that is too weak counts as a try: finding that out costs more than a guess.
      throw error;
    }
  }

  private async make(
    registration: Registration,
    signInEmail: string,
    password: string,
    fingerprints: readonly string[],
  ): Promise<UserRow> {
    const { spotify_user_id: spotifyUserId, display_name: displayName, invitation } = registration;
    mustBeHardToGuess('password', password, [displayName, signInEmail]);
    const passwordHash = await hashPassword(password);
    return this.orm.em.fork().transactional(async (transaction) => {
      const invitationHash = invitation === undefined ? undefined : hashOf(invitation);
      const { isAdmin } = await redeemInvitation(transaction, invitationHash);
      if (spotifyUserId !== undefined) await this.mustBeUnclaimed(transaction, spotifyUserId);
      const { isNew, row } = await findOrInsert(
        transaction,
        'signInEmailFingerprint',
        fingerprints,
        (id) => ({
          ...sealPerson(this.encryption, id, {
            spotifyUserId,
            isSpotifyProven: false,
            displayName,
            email: signInEmail,
            signInEmail,
          }),
          timeZone: registration.time_zone ?? null,
          passwordHash,
          isAdmin,
        }),
      );
      if (isNew) await recordAdmin(transaction, row);
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
  wrongField(path, 'is required: people sign in here with e-mail and password');

const isCode = (error: unknown, code: ProblemCode): boolean =>
  error instanceof Refused && error.code === code;
