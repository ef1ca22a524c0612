import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Calendar } from '@undertone/contracts/identity/calendar';
import { getProfile, listCalendars, listUsers, userExists } from '@undertone/contracts/identity/rpc';
import type { Profile } from '@undertone/contracts/identity/user';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { Answers, asked } from '@undertone/platform/nest/answers';
import type { z } from 'zod';
import { profileOf, unknownUser } from './profile.js';
import { User } from './user.entity.js';

@Controller()
export class UserQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
  ) {}

  @Answers(userExists)
  async exists(
    @Payload(asked(userExists)) question: { user_id: string },
  ): Promise<z.output<typeof userExists.output>> {
    const row = await this.orm.em
      .fork()
      .findOne(
        User,
        { id: question.user_id },
        { fields: ['timeZone', 'toneMode', 'firstDayOfWeek'], disableIdentityMap: true },
      );
    return {
      exists: row !== null,
      time_zone: row?.timeZone ?? null,
      tone_mode: row?.toneMode ?? null,
      first_day_of_week: row?.firstDayOfWeek ?? null,
    };
  }

  @Answers(getProfile)
  async profile(@Payload(asked(getProfile)) question: { user_id: string }): Promise<Profile> {
    const row = await this.orm.em.fork().findOne(User, { id: question.user_id });
    if (!row) throw unknownUser();
    return profileOf(this.encryption, row);
  }

  @Answers(listUsers)
  async list(
    @Payload(asked(listUsers))
    { after, limit, of }: { after?: string | undefined; limit: number; of?: Calendar | undefined },
  ): Promise<{ user_ids: string[]; total?: number }> {
    const em = this.orm.em.fork();
    const those = {
      ...(of && { timeZone: of.time_zone }),
      ...(of?.first_day_of_week !== undefined && { firstDayOfWeek: of.first_day_of_week }),
    };
    const rows = await em.find(
      User,
      { ...those, ...(after && { id: { $gt: after } }) },
      {
        orderBy: { id: 'asc' },
        limit,
        fields: ['id'],
        disableIdentityMap: true,
      },
    );
    return {
      user_ids: rows.map(({ id }) => id),
      ...(after === undefined && { total: await em.count(User, those) }),
    };
  }

  @Answers(listCalendars)
  async calendars(): Promise<{ calendars: Calendar[] }> {
    const calendars = await this.orm.em.fork().execute<Calendar[]>(
      `select distinct time_zone, first_day_of_week from registered_user
        where time_zone is not null or first_day_of_week is not null order by time_zone, first_day_of_week`,
    );
    return { calendars };
  }
}
