import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';

const LEASE_SECONDS = 15;
const RENEW_MS = 5_000;
const POLL_MS = 100;
/** Longer than whoever waits takes to look again. */
const KEEP_RESULT_SECONDS = 10;

/**
 * Of jobs that want the same insight at once, on whichever replicas, one writes it and the others wait for what it
 * writes. The claim is a row with an end that its holder moves on, so one that died lets the next one in; a holder that
 * lives and cannot reach Postgres for 15 s may be overtaken, and then both pay for a call.
 */
@Injectable()
export class InsightClaims {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  /**
   * @param work writes, and gives the id of what was written.
   * @returns what another job wrote meanwhile, or what `work` gave.
   */
  async once(
    key: string,
    holder: string,
    signal: AbortSignal,
    work: () => Promise<string>,
  ): Promise<{ insightId: string; byOther: boolean }> {
    for (;;) {
      signal.throwIfAborted();
      if (await this.take(key, holder)) break;
      const insightId = await this.resultOf(key);
      if (insightId) return { insightId, byOther: true };
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    const renewing = setInterval(() => void this.renew(key, holder).catch(() => undefined), RENEW_MS);
    try {
      const insightId = await work();
      await this.keepResult(key, holder, insightId);
      return { insightId, byOther: false };
    } catch (error) {
      // Who waits need not wait for the end of the lease; if Postgres is away, it does.
      await this.drop(key, holder).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(renewing);
    }
  }

  // A job that is done again after a crash finds its own claim and goes on.
  private async take(key: string, holder: string): Promise<boolean> {
    const rows = await this.sql(
      `insert into insight_claim as claim (key, holder, expires_at) values (?, ?, now() + ? * interval '1 second')
       on conflict (key) do update set holder = excluded.holder, expires_at = excluded.expires_at, insight_id = null
       where claim.expires_at < now() or (claim.holder = excluded.holder and claim.insight_id is null)
       returning key`,
      [key, holder, LEASE_SECONDS],
    );
    return rows.length > 0;
  }

  private async resultOf(key: string): Promise<string | null> {
    const [row] = await this.sql(
      'select insight_id from insight_claim where key = ? and expires_at > now()',
      [key],
    );
    return (row?.insight_id as string | null | undefined) ?? null;
  }

  private renew(key: string, holder: string): Promise<unknown> {
    return this.sql(
      `update insight_claim set expires_at = now() + ? * interval '1 second' where key = ? and holder = ? and insight_id is null`,
      [LEASE_SECONDS, key, holder],
    );
  }

  private async keepResult(key: string, holder: string, insightId: string): Promise<void> {
    await this.sql(
      `update insight_claim set insight_id = ?, expires_at = now() + ? * interval '1 second' where key = ? and holder = ?`,
      [insightId, KEEP_RESULT_SECONDS, key, holder],
    );
    await this.sql(`delete from insight_claim where expires_at < now() - interval '1 minute'`, []);
  }

  private drop(key: string, holder: string): Promise<unknown> {
    return this.sql('delete from insight_claim where key = ? and holder = ?', [key, holder]);
  }

  private sql(query: string, values: unknown[]): Promise<Record<string, unknown>[]> {
    return this.orm.em.fork().execute(query, values);
  }
}
