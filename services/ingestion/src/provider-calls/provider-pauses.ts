import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { type PauseKind, ProviderPause } from './provider-pause.entity.js';

/** What providers have said about waiting, kept through restarts and an emptied Redis. */
@Injectable()
export class ProviderPauses {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  /** Those of an account that are not over. */
  async of(account: string): Promise<{ kind: PauseKind; resumeAt: Date }[]> {
    return this.orm.em.fork().find(ProviderPause, { account, resumeAt: { $gt: new Date() } });
  }

  /** Keeps the later of what is known and what was just heard. */
  async keep(account: string, kind: PauseKind, resumeAt: Date): Promise<void> {
    await this.orm.em
      .fork()
      .getConnection()
      .execute(
        `insert into provider_pause (account, kind, resume_at) values (?, ?, ?)
       on conflict (account, kind) do update
       set resume_at = greatest(provider_pause.resume_at, excluded.resume_at)`,
        [account, kind, resumeAt],
      );
  }
}
