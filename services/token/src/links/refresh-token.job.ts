import { Controller, Inject } from '@nestjs/common';
import { refreshToken } from '@undertone/contracts/jobs/refresh-token';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { FreshTokens } from './fresh-tokens.js';

/** The person is disconnected or has to sign in again, which other events say: there is nothing to refresh. */
const ENDED = ['NOT_LINKED', 'RELINK_REQUIRED'];

/** Refreshes an access token ahead of its end; done again, it finds one that is good for long enough. */
@Controller()
export class RefreshTokenJob {
  constructor(@Inject(FreshTokens) private readonly tokens: FreshTokens) {}

  @HandlesJob(refreshToken)
  async run({ userId, payload }: JobContext<{ good_until: string }>) {
    const goodForMs = Math.max(0, Date.parse(payload.good_until) - Date.now());
    try {
      const { refreshed, expiresAt } = await this.tokens.of(userId, { goodForMs });
      return { refreshed, expires_at: expiresAt.toISOString() };
    } catch (error) {
      if (!(error instanceof Refused) || !ENDED.includes(error.code)) throw error;
      return { refreshed: false, expires_at: null };
    }
  }
}
