import { LockMode } from '@mikro-orm/core';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { MOST_LINKS } from '@undertone/contracts/sign-in/linked-account';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { newId } from '@undertone/platform/ids/ids';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { forgetCodesFor } from '../codes/one-time-codes.js';
import { SPOTIFY } from '../provider-settings/provider-definition.js';
import type { ProvenAccount, Subject } from '../providers/provider.js';
import { Providers } from '../providers/providers.js';
import { mayRegister, recordAdmin, redeemInvitation } from '../registration/may-register.js';
import { Revocations } from '../sessions/revocations.js';
import { Sessions } from '../sessions/sessions.js';
import type { IdentitySettings } from '../settings.js';
import { lockedUser } from '../users/locked-user.js';
import { nameAtSpotify } from '../users/name-at-spotify.js';
import { oneAtATime } from '../users/one-at-a-time.js';
import { sealPerson } from '../users/personal-data.js';
import { unknownUser } from '../users/profile.js';
import { shownName } from '../users/shown-name.js';
import { unlessTaken } from '../users/unless-taken.js';
import { User, type UserRow } from '../users/user.entity.js';
import { forgetLinks, mustHaveAWayIn, waysToSignIn } from '../ways-in/ways-to-sign-in.js';
import { LinkedAccount, type LinkedAccountRow } from './linked-account.entity.js';
import { kindOf, sealSubject, subjectFingerprints } from './sealed-subject.js';
import { dropClaims, knownByName } from './spotify-names.js';

/** Which account at which site is whose. Only what a provider has proven leads to a person: an e-mail address never does. */
@Injectable()
export class LinkedAccounts {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
    @Inject(Providers) private readonly providers: Providers,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(Revocations) private readonly revocations: Revocations,
    @Inject(SETTINGS) private readonly settings: IdentitySettings,
  ) {}

  /**
   * Whose account it is. Who is not known here yet is registered.
   * @throws {Refused} `REGISTRATION_CLOSED`, `CODE_NOT_VALID`, or `LINK_TAKEN` where somebody signs in here already who only said
   * that the account is theirs.
   */
  async personOf(
    provider: string,
    account: ProvenAccount,
    invitationHash: string | undefined,
  ): Promise<{ person: UserRow; linkId: string; isNew: boolean }> {
    // The provider may have to be asked for it, which no transaction waits for.
    const isKnown = (await this.find(this.orm.em.fork(), account)) !== undefined;
    const name = isKnown ? undefined : await account.displayName();
    return this.alone(account, async (em) => {
      const link = await this.find(em, account);
      if (link) {
        const person = await lockedUser(em, link.userId);
        if (provider === SPOTIFY) {
          if (kindOf(link) === 'sub') nameAtSpotify(this.encryption, person, account.subjects[0]);
          await dropClaims(em, this.encryption, account, link.userId);
        }
        // What it is called for ever takes the place of a name that somebody else may have one day.
        Object.assign(link, sealSubject(this.encryption, link, account.subjects[0]));
        return { person, linkId: link.id, isNew: false };
      }
      const earlier = provider === SPOTIFY ? await knownByName(em, this.encryption, account) : undefined;
      // The name was only said; whoever has a way in by now may be somebody else than whoever proves it.
      if (earlier && (await this.hasAWayIn(em, earlier))) {
        throw taken('an account here is known by this name at Spotify: sign in to it, and link Spotify then');
      }
      if (earlier) {
        nameAtSpotify(this.encryption, earlier, account.subjects[0]);
        // A code to claim it with is needed no more, and may be in other hands.
        await forgetCodesFor(em, earlier.id);
      }
      const person = earlier ?? (await this.register(em, provider, account, name, invitationHash));
      const linkId = await this.insert(em, provider, account, person.id);
      return { person, linkId, isNew: true };
    });
  }

  /** Makes an account one that a person signs in with. @throws {Refused} `LINK_TAKEN`, or `SESSION_ENDED` for a session that is over. */
  async link(userId: string, sessionId: string, provider: string, account: ProvenAccount): Promise<void> {
    await this.alone(account, async (em) => {
      const row = await em.findOne(User, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!row) throw unknownUser();
      await this.sessions.mustGoOn(em, userId, sessionId);
      const known = await this.find(em, account);
      if (known?.userId === userId) return;
      if (known) throw taken('somebody else here signs in with this account');
      const others = await em.find(LinkedAccount, { userId });
      if (others.length >= MOST_LINKS) throw taken(`nobody links more than ${MOST_LINKS} accounts`);
      if (provider === SPOTIFY) {
        if (others.some((other) => other.provider === SPOTIFY)) {
          throw taken('another account at Spotify is linked: unlink that first');
        }
        const earlier = await knownByName(em, this.encryption, account);
        if (earlier && earlier.id !== userId) throw taken('somebody else here is known by this account');
        nameAtSpotify(this.encryption, row, account.subjects[0]);
      }
      await this.insert(em, provider, account, userId);
    });
  }

  /** Those of a person, the oldest first. */
  of(userId: string): Promise<LinkedAccountRow[]> {
    return this.orm.em
      .fork()
      .find(
        LinkedAccount,
        { userId },
        { orderBy: { id: 'asc' }, limit: MOST_LINKS, disableIdentityMap: true },
      );
  }

  /** @throws {Refused} `LINK_NOT_FOUND` or `LAST_WAY_IN`. */
  async remove(userId: string, id: string): Promise<LinkedAccountRow> {
    const removed = await this.orm.em.fork().transactional(async (em) => {
      const row = await em.findOne(User, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const links = await em.find(LinkedAccount, { userId });
      const link = links.find((one) => one.id === id);
      if (!row || !link) throw new Refused('LINK_NOT_FOUND', 'there is no such linked account');
      await forgetLinks(em, this.encryption, row, id);
      await mustHaveAWayIn(em, row, this.providers);
      await this.sessions.endWithin(em, userId, { startedBy: id });
      return link;
    });
    await this.revocations.write();
    return removed;
  }

  /** In a transaction that no other one of the same account runs beside. */
  private alone<T>(account: ProvenAccount, work: (em: EntityManager) => Promise<T>): Promise<T> {
    const working = this.orm.em.fork().transactional(async (em) => {
      await oneAtATime(
        em,
        account.subjects.flatMap((subject) => [
          ...this.fingerprints(account, subject),
          ...this.fingerprintsOfBefore(account, subject),
        ]),
      );
      return work(em);
    });
    return unlessTaken(working, () => taken('somebody else was registered by its name at the same moment'));
  }

  private async hasAWayIn(em: EntityManager, person: UserRow): Promise<boolean> {
    const ways = await waysToSignIn(em, [person], this.providers);
    return (ways.get(person.id) ?? []).length > 0;
  }

  private async find(em: EntityManager, account: ProvenAccount): Promise<LinkedAccountRow | undefined> {
    for (const subject of account.subjects) {
      const subjectFingerprint = { $in: this.fingerprints(account, subject) };
      const link = await em.findOne(LinkedAccount, { subjectFingerprint });
      if (link) return link;
    }
    const [subject] = account.subjects;
    const subjectFingerprint = { $in: this.fingerprintsOfBefore(account, subject) };
    return (await em.findOne(LinkedAccount, { subjectFingerprint, provider: SPOTIFY })) ?? undefined;
  }

  private async register(
    em: EntityManager,
    provider: string,
    account: ProvenAccount,
    name: string | undefined,
    invitationHash: string | undefined,
  ): Promise<UserRow> {
    mayRegister(this.settings.REGISTRATION, invitationHash !== undefined);
    const invited = await redeemInvitation(em, invitationHash);
    const [id, now] = [newId(), new Date()];
    const isAtSpotify = provider === SPOTIFY;
    await em.insert(User, {
      id,
      ...sealPerson(this.encryption, id, {
        spotifyUserId: isAtSpotify ? account.subjects[0].name : undefined,
        isSpotifyProven: isAtSpotify,
        isSpotifyAccountId: account.subjects[0].kind === 'account_id',
        displayName: shownName(name),
      }),
      ...invited,
      createdAt: now,
      updatedAt: now,
      registeredSequence: null,
    });
    await recordAdmin(em, { id, ...invited });
    return em.findOneOrFail(User, { id });
  }

  /** @returns the link's id. */
  private async insert(
    em: EntityManager,
    provider: string,
    account: ProvenAccount,
    userId: string,
  ): Promise<string> {
    const { issuer, subjects } = account;
    const id = newId();
    await em.insert(LinkedAccount, {
      id,
      userId,
      provider,
      issuer,
      ...sealSubject(this.encryption, { id, issuer }, subjects[0]),
      linkedAt: new Date(),
    });
    if (provider === SPOTIFY) await dropClaims(em, this.encryption, account, userId);
    return id;
  }

  private fingerprints({ issuer }: ProvenAccount, subject: Subject): [string, ...string[]] {
    return subjectFingerprints(this.encryption, issuer, subject);
  }

  /**
   * Before there were kinds a link had the first of the names that Spotify gave. By the second it is not looked for: what reads the same may be
   * the first of somebody else.
   */
  private fingerprintsOfBefore(account: ProvenAccount, { kind, name }: Subject): readonly string[] {
    return kind === 'sub' ? [] : this.fingerprints(account, { kind: 'sub', name });
  }
}

const taken = (why: string): Refused => new Refused('LINK_TAKEN', why);
