import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { lacksScope } from '@undertone/contracts/access/access';
import { owns, type Principal } from '@undertone/contracts/access/principal';
import { registerUser } from '@undertone/contracts/identity/rpc';
import type { RegisteredUser, Registration } from '@undertone/contracts/identity/user';
import type { ToneMode } from '@undertone/contracts/insight/insight';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { wrongField } from '@undertone/platform/rpc/rpc-client';
import { announceUser } from '../users/announce-user.js';
import { fingerprintsOf, openPerson, sealPerson } from '../users/personal-data.js';
import { alreadyRegistered, missingScope, profileOf } from '../users/profile.js';
import { User, type UserRow } from '../users/user.entity.js';
import { Accounts } from './accounts.js';
import { findOrInsert } from './find-or-insert.js';

type Question = Registration & { unchanged?: true | undefined; address?: string | undefined };

/** Registering. In open mode a person is who they say they are; where people sign in, they prove it by a password. */
@Controller()
export class RegistrationCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
    @Inject(Accounts) private readonly accounts: Accounts,
  ) {}

  /** The row first, then the event: what a crash leaves between the two is healed, by the next try or the next start. */
  @Answers(registerUser)
  async register(
    @Payload(asked(registerUser)) question: Question,
    @Caller() caller: Principal,
  ): Promise<RegisteredUser & { tone_mode: ToneMode | null }> {
    const { kind } = caller.who;
    const row =
      kind === 'local_operator' || kind === 'service'
        ? await this.byName(question, caller)
        : ((await this.ownRow(question, caller)) ?? (await this.accounts.register(question)));
    if (row.registeredSequence == null) await announceUser(this.store, this.orm.em.fork(), row);
    const { handle, language, first_day_of_week, run_hours, ...user } = profileOf(this.encryption, row);
    return user;
  }

  /** Open mode: the same name at Spotify is the same person. */
  private byName(question: Question, caller: Principal): Promise<UserRow> {
    const { spotify_user_id: spotifyUserId, password, invitation } = question;
    if (spotifyUserId === undefined) throw wrongField('spotify_user_id', 'is required: sign-in is off');
    if (password !== undefined) throw wrongField('password', 'is not taken: sign-in is off');
    if (invitation !== undefined) throw wrongField('invitation', 'is not taken: sign-in is off');
    return this.orm.em.fork().transactional(async (em) => {
      const fingerprints = fingerprintsOf(this.encryption, spotifyUserId);
      const { isNew, row } = await findOrInsert(em, 'spotifyUserFingerprint', fingerprints, (id) => ({
        ...sealPerson(this.encryption, id, {
          spotifyUserId,
          isSpotifyProven: true,
          displayName: question.display_name,
          email: question.email,
        }),
        timeZone: question.time_zone ?? null,
      }));
      return isNew ? row : this.changed(row, question, caller);
    });
  }

  /** The row of the caller, where the account that is named is theirs. @throws {Refused} it is somebody else's. */
  private async ownRow(question: Question, caller: Principal): Promise<UserRow | undefined> {
    const { spotify_user_id: spotifyUserId } = question;
    if (caller.who.kind !== 'user' || spotifyUserId === undefined) return undefined;
    const { user_id: id } = caller.who;
    return this.orm.em.fork().transactional(async (em: EntityManager) => {
      const row = await em.findOne(User, { id });
      if (row && openPerson(this.encryption, row).spotifyUserId === spotifyUserId) {
        return this.changed(row, question, caller);
      }
      await this.accounts.mustBeUnclaimed(em, spotifyUserId);
      return undefined;
    });
  }

  private changed(row: UserRow, question: Question, caller: Principal): UserRow {
    // Who has an account is known by signing in, and not by naming it.
    if (!owns(caller, row.id)) throw alreadyRegistered();
    if (question.unchanged) return row;
    if (lacksScope({ owner: 'user_id' }, true, caller)) throw missingScope();
    const now = new Date();
    const stored = openPerson(this.encryption, row);
    const email = question.email ?? stored.email;
    const displayName = question.display_name;
    if (stored.displayName !== displayName || stored.email !== email) {
      Object.assign(row, sealPerson(this.encryption, row.id, { ...stored, displayName, email }), {
        updatedAt: now,
      });
    }
    if (question.time_zone !== undefined && question.time_zone !== row.timeZone) {
      Object.assign(row, { timeZone: question.time_zone, updatedAt: now });
    }
    return row;
  }
}
