import type { LabelMovedData } from '@undertone/contracts/prompt/label-moved';
import type { PromptVersion } from '@undertone/contracts/prompt/prompt';
import { newId } from '@undertone/platform/ids/ids';
import { describe, expect, it } from 'vitest';
import { hashOf } from '../prompt-content/shipped-prompt.js';
import { type PromptState, prompt } from './prompt.js';
import { choose } from './prompt-library.js';
import { variantOf } from './variant-of.js';

const name = 'wellness';
const minute = (n: number) => new Date(Date.UTC(2026, 10, 24, 10, n));
const content = {
  messages: [{ role: 'user' as const, content: '{{facts}}' }],
  variables: { facts: 'json' as const },
  output: 'insight/wellness',
  model: null,
  parameters: {},
};
const version = (number: number): PromptVersion => ({
  name,
  number,
  hash: hashOf(content),
  ...content,
  changelog: `${number}`,
  origin: 'operator',
  published_at: minute(0).toISOString(),
});
const move = (number: number, at: Date): LabelMovedData => ({
  name,
  label: 'production',
  number,
  moved_by: 'operator',
  moved_at: at.toISOString(),
});
const experiment = {
  name,
  experiment_id: newId(),
  variants: [
    { variant: 'old', number: 1, percent: 50 },
    { variant: 'new', number: 2, percent: 50 },
  ],
  started_at: minute(10).toISOString(),
} as const;
const state: PromptState = {
  ...prompt.initial,
  versions: [1, 2, 3].map(version),
  moves: [move(1, minute(1)), { ...move(3, minute(4)), label: 'candidate' }, move(2, minute(5))],
  experiments: [{ ...experiment, variants: [...experiment.variants] }],
};
const userId = newId();
const chosen = (at: Date, of = state, version?: string) => choose(of, { name, userId, at, version });

describe('the version of a job', () => {
  it.each([
    ['before any label', 0, 1],
    ['at the moment of a label', 1, 1],
    ['before the next', 4, 1],
    ['at the moment of the next', 5, 2],
    ['after it', 9, 2],
  ])('is what production was when it was asked for: %s', (_when, at, number) => {
    expect(chosen(minute(at)).version.number).toBe(number);
    expect(chosen(minute(at)).experiment).toBeUndefined();
  });

  it('is the same on a later try, whatever moved since', () => {
    const moved = { ...state, moves: [...state.moves, move(3, minute(8))] };
    expect(chosen(minute(7), moved)).toEqual(chosen(minute(7)));
  });

  it('is the person’s variant while an experiment runs', () => {
    const { variant, number } = variantOf({ ...experiment, variants: [...experiment.variants] }, userId);
    expect(chosen(minute(12))).toMatchObject({
      version: { number },
      experiment: { id: experiment.experiment_id, variant },
    });
    const stopped = {
      ...experiment,
      variants: [...experiment.variants],
      stopped_at: minute(20).toISOString(),
    };
    const over = { ...state, experiments: [stopped] };
    expect(chosen(minute(12), over)).toEqual(chosen(minute(12)));
    expect(chosen(minute(20), over).version.number).toBe(2);
    expect(chosen(minute(20), over).experiment).toBeUndefined();
  });

  it('may be named, and then has no variant', () => {
    expect(chosen(minute(12), state, 'wellness-v3')).toEqual({ version: version(3) });
    expect(() => chosen(minute(12), state, 'wellness-v4')).toThrow(/no version wellness-v4/);
    expect(() => chosen(minute(12), state, 'roast-v1')).toThrow(/no version roast-v1/);
  });

  it('has to be there', () => {
    expect(() => chosen(minute(1), prompt.initial)).toThrow(
      expect.objectContaining({ code: 'PROMPT_VERSION_UNKNOWN' }),
    );
  });
});
