import { LockMode } from '@mikro-orm/core';
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
import { newId } from '@undertone/platform/ids/ids';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { announceUser } from './announce-user.js';
import { fingerprintsOf, openPerson, sealPerson } from './personal-data.js';
import { alreadyRegistered, missingScope, profileOf } from './profile.js';
import { User, type UserRow } from './user.entity.js';

@Controller()
export class UserCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
  ) {}

  /** The row first, then the event: what a crash leaves between the two is healed, by the next try or the next start. */
  @Answers(registerUser)
  async register(
    @Payload(asked(registerUser)) { unchanged, ...person }: Registration & { unchanged?: true | undefined },
    @Caller() caller: Principal,
  ): Promise<RegisteredUser & { tone_mode: ToneMode | null }> {
    const em = this.orm.em.fork();
    const row = await em.transactional(async (transaction) => {
      const { isNew, row } = await this.found(transaction, person, new Date());
      if (isNew) return row;
      // Who has an account is known by signing in, and not by naming it.
      if (!owns(caller, row.id)) throw alreadyRegistered();
      if (unchanged) return row;
      if (lacksScope({ owner: 'user_id' }, true, caller)) throw missingScope();
      return this.changed(row, person, new Date());
    });
    if (row.registeredSequence == null) await announceUser(this.store, em, row);
    const { language, first_day_of_week, run_hours, ...user } = profileOf(this.encryption, row);
    return user;
  }

  /** The person's row, locked; written where there was none. */
  private async found(
    em: EntityManager,
    person: Registration,
    now: Date,
  ): Promise<{ isNew: boolean; row: UserRow }> {
    const fingerprints = fingerprintsOf(this.encryption, person.spotify_user_id);
    const known = { spotifyUserFingerprint: { $in: fingerprints } };
    if (fingerprints.length > 1) await oneAtATime(em, fingerprints);
    const id = newId();
    if ((await em.count(User, known)) === 0) await this.insert(em, id, person, now);
    const row = await em.findOneOrFail(User, known, { lockMode: LockMode.PESSIMISTIC_WRITE });
    return { isNew: row.id === id, row };
  }

  private changed(row: UserRow, person: Registration, now: Date): UserRow {
    const stored = openPerson(this.encryption, row);
    const email = person.email ?? stored.email;
    if (stored.display_name !== person.display_name || stored.email !== email) {
      Object.assign(row, sealPerson(this.encryption, row.id, { ...person, email }), { updatedAt: now });
    }
    if (person.time_zone !== undefined && person.time_zone !== row.timeZone) {
      Object.assign(row, { timeZone: person.time_zone, updatedAt: now });
    }
    return row;
  }

  // Of several that register one person at once, the unique index lets one through; the others find its row.
  private async insert(em: EntityManager, id: string, person: Registration, now: Date): Promise<void> {
    await em.upsert(
      User,
      {
        id,
        ...sealPerson(this.encryption, id, person),
        timeZone: person.time_zone ?? null,
        createdAt: now,
        updatedAt: now,
        registeredSequence: null,
      },
      {
        onConflictFields: ['spotifyUserFingerprint'],
        onConflictAction: 'ignore',
        disableIdentityMap: true,
      },
    );
  }
}

/**
 * While keys are rotated, replicas may write fingerprints of one person under different keys, which the unique index
 * takes for two people. They have a key in common, though: its fingerprint is what they queue for.
 */
async function oneAtATime(em: EntityManager, fingerprints: readonly string[]): Promise<void> {
  for (const fingerprint of fingerprints.toSorted()) {
    await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [fingerprint]);
  }
}
