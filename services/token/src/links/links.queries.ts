import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { accessToken } from '@undertone/contracts/token/rpc';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { FreshTokens } from './fresh-tokens.js';

@Controller()
export class LinkQueries {
  constructor(@Inject(FreshTokens) private readonly tokens: FreshTokens) {}

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
}
