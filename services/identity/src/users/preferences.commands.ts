import { LockMode } from '@mikro-orm/core';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { changePreferences } from '@undertone/contracts/identity/rpc';
import type { Profile, ProfileEdits } from '@undertone/contracts/identity/user';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { oneAtATime } from './one-at-a-time.js';
import { handleFingerprints, openPerson, sealPerson } from './personal-data.js';
import { profileOf, unknownUser } from './profile.js';
import { unlessTaken } from './unless-taken.js';
import { User, type UserRow } from './user.entity.js';

@Controller()
export class PreferenceCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
  ) {}

  /** Changes what is named and nothing else. Like the name, preferences are personal data: in the row, and not in the log. */
  @Answers(changePreferences)
  async change(
    @Payload(asked(changePreferences)) { user_id, changes }: { user_id: string; changes: ProfileEdits },
  ): Promise<Profile> {
    const changing = this.orm.em.fork().transactional(async (em) => {
      const known = await em.findOne(User, { id: user_id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!known) throw unknownUser();
      const wanted = { ...columnsOf(changes), ...(await this.handleOf(em, known, changes.handle)) };
      if (Object.keys(wanted).length > 0) Object.assign(known, wanted, { updatedAt: new Date() });
      return known;
    });
    const row = await unlessTaken(changing, handleTaken);
    return profileOf(this.encryption, row);
  }

  private async handleOf(
    em: EntityManager,
    row: UserRow,
    handle: string | undefined,
  ): Promise<Partial<UserRow>> {
    if (handle === undefined) return {};
    const fingerprints = handleFingerprints(this.encryption, handle);
    await oneAtATime(em, fingerprints);
    if ((await em.count(User, { handleFingerprint: { $in: fingerprints }, id: { $ne: row.id } })) > 0) {
      throw handleTaken();
    }
    const person = openPerson(this.encryption, row);
    const sealed = sealPerson(this.encryption, row.id, { ...person, handle });
    return { handle: sealed.handle, handleFingerprint: sealed.handleFingerprint };
  }
}

const handleTaken = (): Refused =>
  new Refused('HANDLE_TAKEN', 'another person has this handle', [
    { path: 'handle', message: 'is another person’s' },
  ]);

function columnsOf(changes: ProfileEdits): Partial<UserRow> {
  const { time_zone, language, first_day_of_week, run_hours, tone_mode } = changes;
  return {
    ...(time_zone !== undefined && { timeZone: time_zone }),
    ...(language !== undefined && { language }),
    ...(first_day_of_week !== undefined && { firstDayOfWeek: first_day_of_week }),
    ...(run_hours !== undefined && { runHours: run_hours }),
    ...(tone_mode !== undefined && { toneMode: tone_mode }),
  };
}
