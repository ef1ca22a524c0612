import { MikroORM } from '@mikro-orm/postgresql';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { JobRetrying } from '@undertone/contracts/jobs/job';
import type { Lane } from '@undertone/contracts/jobs/queues';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { type LlmSimulator, startLlmSimulator } from '@undertone/simulators/llm/server';
import { SpendingLedger } from '../src/spending/spending-ledger.js';
import { type Harness, startHarness } from './harness.js';

/** Enough for the estimate of one call. */
export const ONE_CALL = 6_000;
export const price = { input_usd_per_million: 1, output_usd_per_million: 1, as_of: '2026-11-01' };
/** When today's budgets begin again. */
export const midnight = () => new Date(new Date().setUTCHours(24, 0, 0, 0)).toISOString();

/** The insight service with a model that has a price, and what its calls took. */
export class SpendingBench {
  private constructor(
    readonly simulator: LlmSimulator,
    readonly harness: Harness,
  ) {}

  /**
   * @param model changes the first model.
   * @param others models after it, of the same server.
   */
  static async start(
    settings: Record<string, string>,
    model: object = {},
    ...others: object[]
  ): Promise<SpendingBench> {
    const simulator = await startLlmSimulator();
    const base_url = `${simulator.url}/v1`;
    const entry = { id: 'm', provider: 'compatible', model: 'undertone-sim-1', base_url };
    const models = [
      { ...entry, price, timeout_seconds: 2, ...model },
      ...others.map((other) => ({ ...other, base_url })),
    ];
    const harness = await startHarness({
      INSIGHT_ENGINE: 'openai',
      LLM_MODELS: JSON.stringify(models),
      ...settings,
    });
    harness.onStop(() => simulator.close());
    return new SpendingBench(simulator, harness);
  }

  stop(): Promise<void> {
    return this.harness.stop();
  }

  /** As at the beginning of a test: the model does as it is told, and was not called. */
  begin(): void {
    this.simulator.clearFaults();
    this.simulator.calls.reset();
  }

  readonly calls = (): number =>
    this.simulator.calls.summary().routes['POST /v1/chat/completions']?.calls ?? 0;

  readonly sql = (query: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
    this.harness.service.get<MikroORM>(MikroORM).em.fork().execute(query, values);

  /** As if calls had taken so much today. */
  readonly spend = async (userId: string, tokens: number, usd = 0): Promise<void> => {
    const ledger = new SpendingLedger(this.harness.service.get<MikroORM>(MikroORM), {});
    const reserved = await ledger.reserve({ userId }, 'm', { tokens: 0, usd: 0 });
    await ledger.settle(String(reserved), { tokens, usd });
  };

  readonly forgetSpending = () => this.sql('delete from model_spending; delete from spending_total');

  /** Has an insight of a new snapshot written, so that nothing is reused. */
  readonly generate = async (userId: string): Promise<OwnedTask['task']> => {
    const snapshotId = this.harness.keep(inventedSnapshot({ user_id: userId }));
    const { task } = await this.harness.generate(snapshotId, userId, 'playful');
    return task;
  };

  /** Asks for one and gives what the job waits for. */
  readonly putBack = async (userId: string, lane: Lane) => {
    const { harness } = this;
    const payload = {
      user_id: userId,
      snapshot_id: harness.keep(inventedSnapshot({ user_id: userId })),
      insight_type: 'wellness',
      tone_mode: 'playful',
      fresh: true,
    } as const;
    const jobId = await requestJob(harness.store, generateInsight, { payload, lane, source: 'test' });
    return eventually('the job is put back', async () => {
      const last = await harness.store.last('JOBS', anyJobFilter(jobId));
      return last && JobRetrying.read(last);
    });
  };
}
