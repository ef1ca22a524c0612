import type { PromptVersion } from '@undertone/contracts/prompt/prompt';
import { newId } from '@undertone/platform/ids/ids';
import { describe, expect, it } from 'vitest';
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
});
