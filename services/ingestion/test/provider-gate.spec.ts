import { MikroORM } from '@mikro-orm/postgresql';
import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { newId } from '@undertone/platform/ids/ids';
import { PermanentJobError, PostponedJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AskedToWait } from '../src/provider-calls/asked-to-wait.js';
import { CallBudget } from '../src/provider-calls/call-budget.js';
import { withCallsOf } from '../src/provider-calls/job-calls.js';
import { ProviderGate } from '../src/provider-calls/provider-gate.js';
import { ProviderPauses } from '../src/provider-calls/provider-pauses.js';
import { type Harness, startHarness } from './harness.js';

const PAUSE_MS = 400;
const failing = async () => {
  throw new TransientJobError('PROVIDER_FAILING', 'it fails');
};
const job = () => ({ jobId: newId(), lane: 'interactive', requestedAt: new Date() }) as const;

describe('the gate to a provider', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness.stop());

  function gate(limit = 1_000) {
    const budget = new CallBudget({
      provider: 'Spotify',
      account: newId(),
      windows: [{ name: 'short', ms: 60_000, bucketMs: 1_000, limit }],
      redis: harness.service.get<RedisBreaker>(RedisBreaker),
      pauses: new ProviderPauses(harness.service.get<MikroORM>(MikroORM)),
      log: silent,
    });
    return new ProviderGate({ provider: 'Spotify', budget, log: silent, failures: 3, pauseMs: PAUSE_MS });
  }

  const refused = (asked: Promise<unknown>) =>
    asked.then(
      () => 'answered',
      (error: { code: string }) => error.code,
    );
  async function opened(limit?: number) {
    const opening = gate(limit);
    for (let failures = 0; failures < 3; failures += 1) {
      expect(await refused(opening.pass(failing))).toBe('PROVIDER_FAILING');
    }
    return opening;
  }
  const halfOpen = (at: number) => eventually('the pause is over', () => Date.now() >= at + PAUSE_MS);

  it('closes after so many failures one after another, and says until when', async () => {
    const closed = await opened();
    const at = Date.now();
    let called = false;
    const asked = closed.pass(async () => {
      called = true;
    });
    const error: unknown = await asked.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PostponedJobError);
    expect(error).toMatchObject({ code: 'PROVIDER_PAUSED' });
    expect((error as PostponedJobError).resumeAt.getTime()).toBeGreaterThan(at);
    expect(called).toBe(false);
  });

  it.each([
    ['a refusal', new PermanentJobError('PROVIDER_FORBIDDEN', 'no')],
    ['an answer nobody can read', new TransientJobError('PROVIDER_ANSWER_UNREADABLE', 'what?')],
    ['a cancelled job', new Error('revoked')],
  ])('is not closed by %s', async (_, error) => {
    const open = gate();
    for (let asked = 0; asked < 10; asked += 1) {
      await expect(
        open.pass(async () => {
          throw error;
        }),
      ).rejects.toBe(error);
    }
    expect(await open.pass(async () => 'answered')).toBe('answered');
  });

  it('is not closed by failures with answers between them', async () => {
    const open = gate();
    for (let asked = 0; asked < 5; asked += 1) {
      await refused(open.pass(failing));
      await refused(open.pass(failing));
      await open.pass(async () => 'answered');
    }
    expect(await open.pass(async () => 'answered')).toBe('answered');
  });

  it('lets one call try when the pause is over, and everybody when that one was answered', async () => {
    const probing = await opened();
    await halfOpen(Date.now());
    let called = 0;
    let answer: (() => void) | undefined;
    const call = () => {
      called += 1;
      return called > 1 ? Promise.resolve() : new Promise<void>((resolve) => (answer = resolve));
    };
    const asked = Array.from({ length: 5 }, () => refused(probing.pass(call)));
    await eventually('one of them calls', () => called === 1);
    answer?.();
    expect(await Promise.all(asked)).toEqual(Array(5).fill('answered'));
    expect(called).toBe(5);
  });

  it('closes again for everybody when that one fails', async () => {
    const probing = await opened();
    await halfOpen(Date.now());
    let called = 0;
    const asked = Array.from({ length: 5 }, () =>
      refused(
        probing.pass(() => {
          called += 1;
          return failing();
        }),
      ),
    );
    const outcomes = await Promise.all(asked);
    expect(called).toBe(1);
    expect(outcomes.sort()).toEqual(['PROVIDER_FAILING', ...Array(4).fill('PROVIDER_PAUSED')]);
  });

  it('takes nothing from the budget while it is closed', async () => {
    const closed = await opened(4);
    for (let asked = 0; asked < 5; asked += 1) {
      expect(await refused(closed.pass(async () => undefined))).toBe('PROVIDER_PAUSED');
    }
    await halfOpen(Date.now());
    expect(await refused(closed.pass(async () => undefined))).toBe('answered');
    expect(await refused(closed.pass(async () => undefined))).toBe('CALL_BUDGET_SPENT');
  });

  it('turns a request to wait into a turn, an hour away where a spent quota names no time', async () => {
    const asking = gate();
    const error: unknown = await asking
      .pass(async () => {
        throw new AskedToWait('quota', undefined);
      })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'PROVIDER_QUOTA_EXCEEDED' });
    const waitMs = (error as PostponedJobError).resumeAt.getTime() - Date.now();
    expect(Math.abs(waitMs - 3_600_000)).toBeLessThan(60_000);
  });

  it('waits no longer than a day, whatever it was told', async () => {
    const error: unknown = await gate()
      .pass(async () => {
        throw new AskedToWait('rate', Number.MAX_SAFE_INTEGER);
      })
      .catch((reason: unknown) => reason);
    expect((error as PostponedJobError).resumeAt.getTime()).toBeLessThanOrEqual(Date.now() + 86_400_000);
  });

  it('counts its calls by their outcome, and whom it put back', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    try {
      const counting = gate(5);
      await counting.pass(async () => 'answered');
      for (let failures = 0; failures < 3; failures += 1) await refused(counting.pass(failing));
      await refused(counting.pass(async () => 'not asked'));
      await reader.forceFlush();
    } finally {
      metrics.disable();
    }
    const [exported] = exporter.getMetrics();
    const counted = Object.fromEntries(
      (exported?.scopeMetrics ?? []).flatMap(({ metrics: all }) =>
        all.flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => [
            [descriptor.name, ...Object.values(attributes)].join(' '),
            value,
          ]),
        ),
      ),
    );
    expect(counted).toEqual({
      'undertone.provider.calls Spotify answered': 1,
      'undertone.provider.calls Spotify PROVIDER_FAILING': 3,
      'undertone.provider.waits Spotify PROVIDER_PAUSED': 1,
    });
  });

  it('lets reserved calls through when no others are, and takes back what was not called', async () => {
    const reserving = gate(4);
    const waiting = job();
    const passing = () => refused(withCallsOf(waiting, () => reserving.pass(async () => undefined)));
    await withCallsOf(job(), async () => {
      await reserving.reserve(3);
      // Another job, which has reserved nothing.
      await withCallsOf(job(), () => reserving.pass(async () => undefined));
      expect(await refused(withCallsOf(waiting, () => reserving.reserve(1)))).toBe('CALL_BUDGET_SPENT');
      expect(await refused(reserving.pass(async () => undefined))).toBe('answered');
    });
    expect(await passing()).toBe('answered');
    expect(await passing()).toBe('answered');
    expect(await passing()).toBe('CALL_BUDGET_SPENT');
  });
});
