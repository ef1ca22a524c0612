import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { accessToken, linkedUsers } from '@undertone/contracts/token/rpc';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { VaultEntry } from '../vault/vault-entry.entity.js';
import { FreshTokens } from './fresh-tokens.js';

@Controller()
export class LinkQueries {
  constructor(
    @Inject(FreshTokens) private readonly tokens: FreshTokens,
    @Inject(MikroORM) private readonly orm: MikroORM,
  ) {}

  @Answers(accessToken)
  async accessToken(
    @Payload(asked(accessToken)) question: { user_id: string; rejected_token_hash?: string | undefined },
  ): Promise<{ access_token: string; expires_at: string }> {
    const { accessToken: token, expiresAt } = await this.tokens.of(
      question.user_id,
      question.rejected_token_hash,
    );
    return { access_token: token, expires_at: expiresAt.toISOString() };
  }

  @Answers(linkedUsers)
  async linked(
    @Payload(asked(linkedUsers)) { user_ids }: { user_ids: string[] },
  ): Promise<{ user_ids: string[] }> {
    const rows = await this.orm.em
      .fork()
      .find(
        VaultEntry,
        { userId: { $in: user_ids }, provider: 'spotify', relinkRequiredAt: null },
        { orderBy: { userId: 'asc' }, fields: ['userId'], disableIdentityMap: true },
      );
    return { user_ids: rows.map(({ userId }) => userId) };
  }
}
