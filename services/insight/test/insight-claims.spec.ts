import { MikroORM } from '@mikro-orm/postgresql';
import { getInsight } from '@undertone/contracts/insight/rpc';
import { getPrompt } from '@undertone/contracts/prompt/rpc';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { factsOf } from '../src/facts/facts.js';
import { LanguageModels } from '../src/language-models/language-models.js';
import { InsightClaims } from '../src/reuse/insight-claims.js';
import { InsightReuse } from '../src/reuse/insight-reuse.js';
import type { ReuseSettings } from '../src/reuse/reuse-settings.js';
import { StoredInsights } from '../src/reuse/stored-insights.js';
import { insightTypes } from '../src/type-registry/insight-types.js';
import { type Harness, startHarness } from './harness.js';

describe('the claim on an insight', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness.stop());

  const orm = () => harness.service.get<MikroORM>(MikroORM);
  const sql = (query: string, values: unknown[] = []): Promise<unknown[]> =>
    orm().em.fork().execute(query, values);
  const { signal } = new AbortController();

  it('is renewed while a call hangs, so that nobody else makes the call', async () => {
    const claims = new InsightClaims(orm());
    const [key, insightId] = [newId(), newId()];
    const begun = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<string>();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const writing = claims.once(key, newId(), signal, () => {
        begun.resolve();
        return answered.promise;
      });
      await begun.promise;
      // As if the call had hung for most of the lease.
      await sql(`update insight_claim set expires_at = now() + interval '3 seconds' where key = ?`, [key]);
      vi.advanceTimersByTime(5_000);
      await eventually('its end has moved', async () => {
        const lasting = `select 1 from insight_claim where key = ? and expires_at > now() + interval '10 seconds'`;
        return (await sql(lasting, [key])).length > 0;
      });
      const waiting = claims.once(key, newId(), signal, () => Promise.reject(new Error('a second call')));
      answered.resolve(insightId);
      expect(await writing).toEqual({ insightId, byOther: false });
      expect(await waiting).toEqual({ insightId, byOther: true });
    } finally {
      vi.useRealTimers();
    }
  });

  it('is followed by a second look: what was written just before it is given, and not written again', async () => {
    const snapshot = inventedSnapshot();
    const order = { snapshotId: harness.keep(snapshot), userId: snapshot.user_id };
    /** Another job writes the insight, and its claim is over, between the first look and the claim. */
    class LateClaims extends InsightClaims {
      written: string | undefined;
      override async once(...asked: Parameters<InsightClaims['once']>) {
        const [result] = await harness.generateAll([order]);
        this.written = result?.insight_id;
        await sql('delete from insight_claim');
        return super.once(...asked);
      }
    }
    const claims = new LateClaims(orm());
    const { service, rpc } = harness;
    const reuse = new InsightReuse(
      service.get<StoredInsights>(StoredInsights),
      claims,
      service.get<LanguageModels>(LanguageModels),
      service.get<ReuseSettings>(SETTINGS),
    );
    const { versions } = await rpc.ask(getPrompt, { name: 'wellness' });
    const wanted = {
      userId: snapshot.user_id,
      type: insightTypes.wellness,
      tone: 'supportive',
      facts: factsOf(snapshot),
      promptHash: versions.at(-1)?.hash ?? '',
      promptModel: null,
    } as const;
    const job = { jobId: newId(), lane: 'interactive', signal, payload: {} } as const;
    const given = await reuse.orElse(wanted, job, {
      give: async ({ row }) => row.id,
      write: () => Promise.reject(new Error('it is written again')),
    });
    expect(given).toEqual({ insight_id: claims.written, reused: true });
    expect((await rpc.ask(getInsight, { insight_id: given.insight_id })).insight).not.toBeNull();
    expect(await harness.written(snapshot.user_id)).toHaveLength(1);
  });
});
