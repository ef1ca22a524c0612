import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { listUsers, userExists } from '@undertone/contracts/identity/rpc';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { User } from './user.entity.js';

@Controller()
export class UserQueries {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  @Answers(userExists)
  async exists(
    @Payload(asked(userExists)) question: { user_id: string },
  ): Promise<{ exists: boolean; time_zone: string | null }> {
    const row = await this.orm.em
      .fork()
      .findOne(User, { id: question.user_id }, { fields: ['timeZone'], disableIdentityMap: true });
    return { exists: row !== null, time_zone: row?.timeZone ?? null };
  }

  @Answers(listUsers)
  async list(
    @Payload(asked(listUsers)) { after, limit }: { after?: string | undefined; limit: number },
  ): Promise<{ user_ids: string[]; total?: number }> {
    const em = this.orm.em.fork();
    const rows = await em.find(User, after ? { id: { $gt: after } } : {}, {
      orderBy: { id: 'asc' },
      limit,
      fields: ['id'],
      disableIdentityMap: true,
    });
    return {
      user_ids: rows.map(({ id }) => id),
      ...(after === undefined && { total: await em.count(User) }),
    };
  }
}
