import { LockMode } from '@mikro-orm/core';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { registerUser } from '@undertone/contracts/identity/rpc';
import type { RegisteredUser, Registration } from '@undertone/contracts/identity/user';
import type { ToneMode } from '@undertone/contracts/insight/insight';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { announceUser } from './announce-user.js';
import { fingerprintsOf, openPerson, sealPerson } from './personal-data.js';
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
    @Payload(asked(registerUser)) person: Registration,
  ): Promise<RegisteredUser & { tone_mode: ToneMode | null }> {
    const em = this.orm.em.fork();
    const row = await em.transactional((transaction) => this.write(transaction, person, new Date()));
    if (row.registeredSequence == null) await announceUser(this.store, em, row);
    return {
      user_id: row.id,
      spotify_user_id: person.spotify_user_id,
      display_name: person.display_name,
      time_zone: row.timeZone ?? null,
      tone_mode: row.toneMode ?? null,
      created_at: row.createdAt.toISOString(),
    };
  }

  private async write(em: EntityManager, person: Registration, now: Date): Promise<UserRow> {
    const fingerprints = fingerprintsOf(this.encryption, person.spotify_user_id);
    const known = { spotifyUserFingerprint: { $in: fingerprints } };
    if (fingerprints.length > 1) await oneAtATime(em, fingerprints);
    if ((await em.count(User, known)) === 0) await this.insert(em, person, now);
    const row = await em.findOneOrFail(User, known, { lockMode: LockMode.PESSIMISTIC_WRITE });
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
  private async insert(em: EntityManager, person: Registration, now: Date): Promise<void> {
    const id = newId();
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
