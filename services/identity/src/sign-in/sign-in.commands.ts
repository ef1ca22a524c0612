import { LockMode } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { changePassword, mailPasswordCode, setPassword, signIn } from '@undertone/contracts/sign-in/rpc';
import type { Grant } from '@undertone/contracts/sign-in/session';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { Refused, wrongField } from '@undertone/platform/rpc/rpc-client';
import { endKeys } from '../api-keys/end-keys.js';
import {
  forgetCodesFor,
  issueMailedCode,
  mustBeGood,
  redeem,
  userOfCode,
  withdrawCodesOf,
} from '../codes/one-time-codes.js';
import { type Mail, Mailer } from '../mail/mailer.js';
import { passwordMail } from '../mail/password-mail.js';
import { Revocations } from '../sessions/revocations.js';
import { Sessions, wrongPassword } from '../sessions/sessions.js';
import type { IdentitySettings } from '../settings.js';
import { lockedUser } from '../users/locked-user.js';
import { oneAtATime } from '../users/one-at-a-time.js';
import { openPerson, sealPerson, signInFingerprints } from '../users/personal-data.js';
import { unknownUser } from '../users/profile.js';
import { unlessTaken } from '../users/unless-taken.js';
import { User, type UserRow } from '../users/user.entity.js';
import { forgetOtherWays } from '../ways-in/ways-to-sign-in.js';
import { hashPassword, isOutdated, isPassword, mustBeHardToGuess } from './passwords.js';
import { Throttle } from './throttle.js';

/** Signing in by password, and setting it. */
@Controller()
export class SignInCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(Revocations) private readonly revocations: Revocations,
    @Inject(Throttle) private readonly throttle: Throttle,
    @Inject(Mailer) private readonly mailer: Mailer,
    @Inject(SETTINGS) private readonly settings: IdentitySettings,
  ) {}

  @Answers(signIn)
  async signIn(
    @Payload(asked(signIn))
    {
      email,
      password,
      device,
      address,
    }: {
      email: string;
      password: string;
      device: string;
      address: string;
    },
  ): Promise<Grant> {
    await this.throttle.take(email, address);
    const row = await this.orm.em
      .fork()
      .findOne(User, { signInEmailFingerprint: { $in: signInFingerprints(this.encryption, email) } });
    const { passwordHash } = row ?? {};
    if (!(await isPassword(passwordHash, password)) || !row || passwordHash == null) throw wrongPassword();
    await this.throttle.succeeded(email, address);
    const grant = await this.sessions.start(row.id, device, { password: passwordHash });
    await this.renewHash(row, password);
    return grant;
  }

  @Answers(changePassword)
  async change(
    @Payload(asked(changePassword))
    question: {
      user_id: string;
      current_password: string;
      new_password: string;
      current?: string | undefined;
      address: string;
    },
  ): Promise<{ ended: number }> {
    const { user_id, current_password, new_password, current, address } = question;
    const row = await this.orm.em.fork().findOne(User, { id: user_id });
    if (!row) throw unknownUser();
    await this.throttle.take(user_id, address);
    if (!(await isPassword(row.passwordHash, current_password))) throw wrongPassword();
    const { displayName, signInEmail } = openPerson(this.encryption, row);
    // A weak one counts as a try: finding that out costs more than a guess.
    mustBeHardToGuess('new_password', new_password, [displayName, signInEmail]);
    await this.throttle.succeeded(user_id, address);
    const passwordHash = await hashPassword(new_password);
    const ended = await this.orm.em.fork().transactional(async (em) => {
      const locked = await lockedUser(em, user_id);
      if (locked.passwordHash !== row.passwordHash) throw wrongPassword();
      Object.assign(locked, { passwordHash, updatedAt: new Date() });
      return this.sessions.endWithin(em, user_id, { except: current });
    });
    await this.revocations.write();
    return { ended };
  }

  @Answers(setPassword)
  async set(
    @Payload(asked(setPassword))
    question: { code: string; email?: string | undefined; password: string; address: string },
  ): Promise<{ user_id: string }> {
    const { code, email, password, address } = question;
    await this.throttle.take(undefined, address);
    await mustBeGood(this.orm.em.fork(), 'password', code);
    const known = await this.knownByCode(code);
    // A weak one counts as a try: finding that out costs more than a guess.
    mustBeHardToGuess('password', password, [email, ...known]);
    await this.throttle.takeBack(undefined, address);
    const passwordHash = await hashPassword(password);
    const setting = this.orm.em.fork().transactional(async (em) => {
      // The row before the code, and the address before both, in the order in which registering and making codes do it: so none of
      // them wait for each other.
      if (email !== undefined) await oneAtATime(em, signInFingerprints(this.encryption, email));
      const id = await userOfCode(em, code);
      const row =
        id === null ? null : await em.findOne(User, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      await redeem(em, 'password', code);
      if (!row) throw unknownUser();
      const person = openPerson(this.encryption, row);
      const signInEmail = email ?? person.signInEmail;
      if (signInEmail === undefined) {
        throw wrongField('email', 'is required: the account has no address to sign in with yet');
      }
      if (email !== undefined) await this.mustBeFree(em, email, row.id);
      Object.assign(row, sealPerson(this.encryption, row.id, { ...person, signInEmail }), {
        passwordHash,
        updatedAt: new Date(),
      });
      await this.sessions.endWithin(em, row.id);
      // Whoever had the account for a while may have made keys, ways in of their own, also where it had no password, and codes as an admin.
      await endKeys(em, row.id);
      await forgetOtherWays(em, this.encryption, row);
      await forgetCodesFor(em, row.id);
      await withdrawCodesOf(em, row.id);
      return row.id;
    });
    const user_id = await unlessTaken(setting, emailTaken);
    await this.revocations.write();
    return { user_id };
  }

  @Answers(mailPasswordCode)
  async mailCode(
    @Payload(asked(mailPasswordCode)) { email, address }: { email: string; address: string },
  ): Promise<Record<string, never>> {
    if (!this.mailer.isOn) {
      throw new Refused('NO_MAIL', 'no mail is sent here: ask an admin for a code to set a password with');
    }
    // Nothing is ever right here: each asking makes the next ones wait.
    await this.throttle.take(`mail ${email}`, address);
    // It is answered before anybody is looked for: how long the answer takes would tell whether there is somebody.
    this.mailer.send(() => this.codeFor(email));
    return {};
  }

  private async codeFor(email: string): Promise<Mail | undefined> {
    const signInEmailFingerprint = { $in: signInFingerprints(this.encryption, email) };
    const issued = await this.orm.em.fork().transactional(async (em) => {
      const row = await em.findOne(
        User,
        { signInEmailFingerprint },
        { lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      return row && issueMailedCode(em, row.id);
    });
    if (!issued) return undefined;
    const text = passwordMail(this.settings.PUBLIC_URL, issued.code, issued.expiresAt);
    return { to: email, subject: 'A code to set your password', text };
  }

  private async mustBeFree(
    em: ReturnType<MikroORM['em']['fork']>,
    signInEmail: string,
    userId: string,
  ): Promise<void> {
    const fingerprints = signInFingerprints(this.encryption, signInEmail);
    const others = await em.count(User, {
      signInEmailFingerprint: { $in: fingerprints },
      id: { $ne: userId },
    });
    if (others > 0) {
      throw emailTaken();
    }
  }

  /** What is known of whose password a code sets, which a guesser knows, too. */
  private async knownByCode(code: string): Promise<(string | undefined)[]> {
    const em = this.orm.em.fork();
    const id = await userOfCode(em, code);
    const row = id === null ? null : await em.findOne(User, { id });
    if (!row) return [];
    const { displayName, signInEmail } = openPerson(this.encryption, row);
    return [displayName, signInEmail];
  }

  private async renewHash({ id, passwordHash }: UserRow, password: string): Promise<void> {
    if (passwordHash == null || !isOutdated(passwordHash)) return;
    const renewed = await hashPassword(password);
    await this.orm.em.fork().nativeUpdate(User, { id, passwordHash }, { passwordHash: renewed });
  }
}

const emailTaken = (): Refused =>
  new Refused('EMAIL_TAKEN', 'another account signs in with this address', [
    { path: 'email', message: 'is another account’s' },
  ]);
