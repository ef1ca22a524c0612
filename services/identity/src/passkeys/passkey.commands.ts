import { LockMode } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { Principal } from '@undertone/contracts/access/principal';
import { givenHandle } from '@undertone/contracts/identity/handle';
import {
  MOST_PASSKEYS,
  type NewPasskeyResponse,
  type PasskeyOptions,
  type PasskeyResponse,
  type Passkey as ShownPasskey,
} from '@undertone/contracts/sign-in/passkey';
import {
  addPasskey,
  listPasskeys,
  removePasskey,
  signInByPasskey,
  startPasskey,
  startPasskeySignIn,
} from '@undertone/contracts/sign-in/passkey-rpc';
import type { Grant } from '@undertone/contracts/sign-in/session';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { newId } from '@undertone/platform/ids/ids';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { Providers } from '../providers/providers.js';
import { Revocations } from '../sessions/revocations.js';
import { Sessions } from '../sessions/sessions.js';
import type { IdentitySettings } from '../settings.js';
import { lockedUser } from '../users/locked-user.js';
import { openPerson } from '../users/personal-data.js';
import { unknownUser } from '../users/profile.js';
import { unlessTaken } from '../users/unless-taken.js';
import { User } from '../users/user.entity.js';
import { mustHaveAWayIn } from '../ways-in/ways-to-sign-in.js';
import { CHALLENGE_MS, keepChallenge, useChallenge } from './challenges.js';
import { Passkey, type PasskeyRow } from './passkey.entity.js';

/**
 * Passkeys (WebAuthn Level 3). The person is verified by their authenticator, with a fingerprint or PIN: a passkey stands in
 * for a password and not beside it.
 */
@Controller()
export class PasskeyCommands {
  private readonly origin: string;
  private readonly rpId: string;

  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(Revocations) private readonly revocations: Revocations,
    @Inject(Providers) private readonly providers: Providers,
    @Inject(SETTINGS) { PUBLIC_URL }: IdentitySettings,
  ) {
    this.origin = PUBLIC_URL;
    this.rpId = new URL(PUBLIC_URL).hostname;
  }

  @Answers(startPasskey)
  async start(@Payload(asked(startPasskey)) { user_id }: { user_id: string }): Promise<PasskeyOptions> {
    const em = this.orm.em.fork();
    const row = await em.findOne(User, { id: user_id });
    if (!row) throw unknownUser();
    const { displayName, signInEmail, handle } = openPerson(this.encryption, row);
    const known = await em.find(Passkey, { userId: user_id });
    const options = await generateRegistrationOptions({
      rpName: 'Undertone',
      rpID: this.rpId,
      userID: new Uint8Array(Buffer.from(handleOf(user_id), 'base64url')),
      userName: signInEmail ?? handle ?? givenHandle(user_id),
      userDisplayName: displayName,
      timeout: CHALLENGE_MS,
      attestationType: 'none',
      excludeCredentials: known.map(({ credentialId: id, transports }) => ({ id, transports })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    await keepChallenge(em, options.challenge, user_id);
    return { ...options };
  }

  @Answers(addPasskey)
  async add(
    @Payload(asked(addPasskey))
    { user_id, name, response }: { user_id: string; name: string; response: NewPasskeyResponse },
    @Caller() { session_id }: Principal,
  ): Promise<ShownPasskey> {
    const em = this.orm.em.fork();
    const { registrationInfo } = await verifyRegistrationResponse({
      response: response as unknown as RegistrationResponseJSON,
      expectedChallenge: (challenge) => useChallenge(em, challenge, user_id),
      expectedOrigin: this.origin,
      expectedRPID: this.rpId,
    }).catch(notValid);
    if (!registrationInfo) throw invalid('the browser did not make what it was asked for');
    const { credential } = registrationInfo;
    const row: PasskeyRow = {
      id: newId(),
      userId: user_id,
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports: credential.transports ?? [],
      name,
      createdAt: new Date(),
      lastUsedAt: null,
    };
    const adding = em.transactional(async (transaction) => {
      await lockedUser(transaction, user_id);
      if (session_id !== undefined) await this.sessions.mustGoOn(transaction, user_id, session_id);
      if ((await transaction.count(Passkey, { userId: user_id })) >= MOST_PASSKEYS) {
        throw invalid(`nobody has more than ${MOST_PASSKEYS} passkeys: remove one that is not needed`);
      }
      await transaction.insert(Passkey, row);
    });
    await unlessTaken(adding, () => invalid('this passkey is known already'));
    return shown(row);
  }

  @Answers(listPasskeys)
  async list(
    @Payload(asked(listPasskeys)) { user_id }: { user_id: string },
  ): Promise<{ passkeys: ShownPasskey[] }> {
    const rows = await this.orm.em
      .fork()
      .find(
        Passkey,
        { userId: user_id },
        { orderBy: { id: 'asc' }, limit: MOST_PASSKEYS, disableIdentityMap: true },
      );
    return { passkeys: rows.map(shown) };
  }

  @Answers(removePasskey)
  async remove(
    @Payload(asked(removePasskey)) { user_id, passkey_id }: { user_id: string; passkey_id: string },
  ): Promise<ShownPasskey> {
    const removed = await this.orm.em.fork().transactional(async (em) => {
      const row = await em.findOne(User, { id: user_id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const passkeys = await em.find(Passkey, { userId: user_id });
      const passkey = passkeys.find(({ id }) => id === passkey_id);
      if (!row || !passkey) throw new Refused('PASSKEY_NOT_FOUND', 'there is no such passkey');
      em.remove(passkey);
      await mustHaveAWayIn(em, row, this.providers);
      await this.sessions.endWithin(em, user_id, { startedBy: passkey_id });
      return shown(passkey);
    });
    await this.revocations.write();
    return removed;
  }

  @Answers(startPasskeySignIn)
  async startSignIn(): Promise<PasskeyOptions> {
    const options = await generateAuthenticationOptions({
      rpID: this.rpId,
      timeout: CHALLENGE_MS,
      userVerification: 'required',
    });
    await keepChallenge(this.orm.em.fork(), options.challenge, null);
    return { ...options };
  }

  @Answers(signInByPasskey)
  async signIn(
    @Payload(asked(signInByPasskey))
    { response, device }: { response: PasskeyResponse; device: string },
  ): Promise<Grant> {
    const em = this.orm.em.fork();
    const row = await em.findOne(Passkey, { credentialId: response.id }, { disableIdentityMap: true });
    if (!row) throw invalid('nobody here has this passkey');
    const { id, userId, credentialId, publicKey, counter, transports } = row;
    // Whom the authenticator has it for, where nobody said before who signs in (WebAuthn Level 3, section 7.2, step 6).
    if (response.response.userHandle !== handleOf(userId)) throw invalid('it is somebody else’s');
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: response as unknown as AuthenticationResponseJSON,
      // Used up whatever becomes of this try, and in no transaction: that would hold one connection while it waits for another.
      expectedChallenge: (challenge) => useChallenge(em, challenge, null),
      expectedOrigin: this.origin,
      expectedRPID: this.rpId,
      requireUserVerification: true,
      credential: {
        id: credentialId,
        publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')),
        counter,
        transports,
      },
    }).catch(notValid);
    if (!verified) throw invalid('what was signed is not what was asked for');
    const seen = { counter: authenticationInfo.newCounter, lastUsedAt: new Date() };
    // It may have signed elsewhere, or been removed, since it was read.
    if ((await em.nativeUpdate(Passkey, { id, counter }, seen)) === 0) {
      throw invalid('the passkey was used or removed at the same moment');
    }
    return this.sessions.start(userId, device, { passkey: id });
  }
}

/** Who somebody is to their authenticator, as browsers send it. */
const handleOf = (userId: string): string => Buffer.from(userId).toString('base64url');

const shown = ({ id, name, createdAt, lastUsedAt }: PasskeyRow): ShownPasskey => ({
  passkey_id: id,
  name,
  created_at: createdAt.toISOString(),
  last_used_at: lastUsedAt?.toISOString() ?? null,
});

const invalid = (why: string): Refused => new Refused('PASSKEY_NOT_VALID', why);

/** The library says what is wrong in an error of its own. */
function notValid(error: unknown): never {
  throw error instanceof Error ? invalid(error.message) : error;
}
