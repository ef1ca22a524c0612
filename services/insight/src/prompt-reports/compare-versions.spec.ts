import type { PromptVersion } from '@undertone/contracts/prompt/prompt';
import { newId } from '@undertone/platform/ids/ids';
import { describe, expect, it } from 'vitest';
import { wilsonInterval } from '../statistics/wilson.js';
import { compareVersions } from './compare-versions.js';
import type { WrittenRow } from './outcomes.js';

const versions = [1, 2].map((number) => ({ name: 'wellness', number }) as PromptVersion);
const group = (
  prompt_version: string,
  variant: string | null = null,
  experiment_id: string | null = null,
) => ({
  prompt_version,
  variant,
  experiment_id,
});
const written = (of: ReturnType<typeof group>, change: Partial<WrittenRow> = {}): WrittenRow => ({
  ...of,
  insights: 4,
  llm_models: ['m'],
  prompt_tokens: 0,
  completion_tokens: 0,
  cost_usd: null,
  cost_known_for: 0,
  median_ms: 1,
  p95_ms: 2,
  helpful: 0,
  unhelpful: 0,
  ...change,
});

describe('the comparison of versions', () => {
  it('is in the order of the versions, then of the variants, with what the log does not have last', () => {
    const experiment = newId();
    const rows = compareVersions(
      versions,
      [
        written(group('wellness-1')),
        written(group('wellness-v2')),
        written(group('wellness-v1', 'control', experiment)),
        written(group('wellness-v1')),
      ],
      [],
    );
    expect(rows.map(({ prompt_version, variant }) => [prompt_version, variant])).toEqual([
      ['wellness-v1', null],
      ['wellness-v1', 'control'],
      ['wellness-v2', null],
      ['wellness-1', null],
    ]);
    expect(rows.at(-1)?.number).toBeNull();
  });

  it('has the cost and the time of what was written, and neither where every text was reused', () => {
    const [paid, reused] = compareVersions(
      versions,
      [
        written(group('wellness-v1'), { cost_usd: 0.012, cost_known_for: 3 }),
        written(group('wellness-v2'), { median_ms: null, p95_ms: null }),
      ],
      [],
    );
    expect(paid).toMatchObject({
      cost_usd: { total: 0.012, known_for: 3 },
      generation_ms: { median: 1, p95: 2 },
    });
    expect(reused).toMatchObject({ cost_usd: null, generation_ms: null });
  });

  it('adds failures up, by their codes, also of a version that wrote nothing', () => {
    const failed = (of: ReturnType<typeof group>, code: string, failures: number) => ({
      ...of,
      code,
      failures,
    });
    const [first, second] = compareVersions(
      versions,
      [written(group('wellness-v1'))],
      [
        failed(group('wellness-v1'), 'LLM_ANSWER_REJECTED', 3),
        failed(group('wellness-v1'), 'LLM_UNAVAILABLE', 1),
        failed(group('wellness-v2'), 'LLM_ANSWER_REJECTED', 2),
      ],
    );
    expect(first).toMatchObject({
      insights: 4,
      failures: 4,
      failure_rate: 0.5,
      failure_codes: { LLM_ANSWER_REJECTED: 3, LLM_UNAVAILABLE: 1 },
    });
    expect(second).toMatchObject({ insights: 0, failures: 2, failure_rate: 1, generation_ms: null });
  });

  it('says nothing of readers who said nothing', () => {
    const [row] = compareVersions(versions, [written(group('wellness-v1'))], []);
    expect(row?.feedback).toEqual({ helpful: 0, unhelpful: 0, helpful_share: null, low: null, high: null });
  });

  it('has the tokens, the models and what readers said, with its interval', () => {
    const counts = { prompt_tokens: 900, completion_tokens: 70, helpful: 3, unhelpful: 1 };
    const [first, second] = compareVersions(
      versions,
      [written(group('wellness-v1'), counts)],
      [{ ...group('wellness-v2'), code: 'LLM_UNAVAILABLE', failures: 1 }],
    );
    expect(first).toMatchObject({
      llm_models: ['m'],
      tokens: { prompt: 900, completion: 70 },
      feedback: { helpful: 3, unhelpful: 1, helpful_share: 0.75, ...wilsonInterval(3, 4) },
    });
    expect(second).toMatchObject({
      llm_models: [],
      tokens: { prompt: 0, completion: 0 },
      feedback: { helpful: 0, unhelpful: 0, helpful_share: null },
    });
  });

  it('has no rate of failures where nothing ended, and no time where half of it is unknown', () => {
    const rows = compareVersions(
      versions,
      [
        written(group('wellness-v1'), { insights: 0, median_ms: null }),
        written(group('wellness-v2'), { p95_ms: null }),
      ],
      [],
    );
    expect(rows.map(({ failure_rate }) => failure_rate)).toEqual([null, 0]);
    expect(rows.map(({ generation_ms }) => generation_ms)).toEqual([null, null]);
  });

  it('keeps experiments with one variant apart, in a fixed order', () => {
    const ofOne = written(group('wellness-v1', 'control', 'experiment-1'));
    const ofTwo = written(group('wellness-v1', 'control', 'experiment-2'));
    for (const rows of [
      [ofOne, ofTwo],
      [ofTwo, ofOne],
    ]) {
      const ids = compareVersions(versions, rows, []).map(({ experiment_id }) => experiment_id);
      expect(ids).toEqual(['experiment-1', 'experiment-2']);
    }
  });
});
