import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  endAllSessions,
  endSession,
  listRevoked,
  listSessions,
  refreshSession,
} from '@undertone/contracts/sign-in/rpc';
import type { Grant, Session as ShownSession } from '@undertone/contracts/sign-in/session';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { Sessions } from './sessions.js';

@Controller()
export class SessionCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(Sessions) private readonly sessions: Sessions,
  ) {}

  @Answers(refreshSession)
  refresh(@Payload(asked(refreshSession)) question: { refresh_token: string }): Promise<Grant> {
    return this.sessions.refresh(question.refresh_token);
  }

  @Answers(listSessions)
  async list(
    @Payload(asked(listSessions)) { user_id, current }: { user_id: string; current?: string | undefined },
  ): Promise<{ sessions: ShownSession[] }> {
    const rows = await this.sessions.of(user_id);
    return {
      sessions: rows.map(({ id, device, createdAt, rotatedAt, expiresAt }) => ({
        session_id: id,
        device,
        created_at: createdAt.toISOString(),
        last_used_at: rotatedAt.toISOString(),
        expires_at: expiresAt.toISOString(),
        current: id === current,
      })),
    };
  }

  @Answers(endSession)
  async end(
    @Payload(asked(endSession)) { user_id, session_id }: { user_id: string; session_id: string },
  ): Promise<{ ended: number }> {
    const ended = await this.sessions.end(user_id, { only: session_id });
    if (ended === 0) throw new Refused('SESSION_NOT_FOUND', 'there is no such session, or it is over');
    return { ended };
  }

  @Answers(endAllSessions)
  async endAll(@Payload(asked(endAllSessions)) { user_id }: { user_id: string }): Promise<{ ended: number }> {
    return { ended: await this.sessions.end(user_id) };
  }

  /** What the gateway asks when Redis cannot tell. What there is no row of is over. */
  @Answers(listRevoked)
  async revoked(@Payload(asked(listRevoked)) { ids }: { ids: string[] }): Promise<{ revoked: string[] }> {
    const good = await this.orm.em.fork().execute<{ id: string }[]>(
      `select id from session where id = any(?::uuid[]) and ended_at is null
       union all
       select id from api_key where id = any(?::uuid[]) and ended_at is null`,
      [`{${ids.join(',')}}`, `{${ids.join(',')}}`],
    );
    const known = new Set(good.map(({ id }) => id));
    return { revoked: ids.filter((id) => !known.has(id)) };
  }
}
