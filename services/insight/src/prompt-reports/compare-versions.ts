import { type PromptVersion, promptVersionText } from '@undertone/contracts/prompt/prompt';
import type { PromptFeedback, PromptReportRow } from '@undertone/contracts/prompt/prompt-report';
import { wilsonInterval } from '../statistics/wilson.js';
import type { FailedRow, OutcomeGroup, WrittenRow } from './outcomes.js';

/** One row a version and variant, the versions in their order and those that the log does not have last. */
export function compareVersions(
  versions: readonly PromptVersion[],
  written: readonly WrittenRow[],
  failed: readonly FailedRow[],
): PromptReportRow[] {
  const groups = new Map<string, { group: OutcomeGroup; written?: WrittenRow; failed: FailedRow[] }>();
  const groupOf = (group: OutcomeGroup) => {
    const key = JSON.stringify([group.prompt_version, group.experiment_id, group.variant]);
    const known = groups.get(key) ?? { group, failed: [] };
    groups.set(key, known);
    return known;
  };
  for (const row of written) groupOf(row).written = row;
  for (const row of failed) groupOf(row).failed.push(row);
  const numbers = new Map(versions.map(({ name, number }) => [promptVersionText(name, number), number]));
  return [...groups.values()]
    .map(({ group, written: row, failed: reasons }) => ({
      prompt_version: group.prompt_version,
      number: numbers.get(group.prompt_version) ?? null,
      experiment_id: group.experiment_id,
      variant: group.variant,
      ...countsOf(row, reasons),
    }))
    .sort(
      (a, b) =>
        (a.number ?? Number.POSITIVE_INFINITY) - (b.number ?? Number.POSITIVE_INFINITY) ||
        a.prompt_version.localeCompare(b.prompt_version) ||
        (a.variant ?? '').localeCompare(b.variant ?? '') ||
        (a.experiment_id ?? '').localeCompare(b.experiment_id ?? ''),
    );
}

type Counts = Omit<PromptReportRow, 'prompt_version' | 'number' | 'experiment_id' | 'variant'>;

function countsOf(row: WrittenRow | undefined, reasons: readonly FailedRow[]): Counts {
  const failures = reasons.reduce((sum, reason) => sum + reason.failures, 0);
  const insights = row?.insights ?? 0;
  const ended = insights + failures;
  return {
    insights,
    failures,
    failure_codes: Object.fromEntries(reasons.map((reason) => [reason.code, reason.failures])),
    failure_rate: ended > 0 ? failures / ended : null,
    llm_models: row?.llm_models ?? [],
    cost_usd: row && row.cost_usd !== null ? { total: row.cost_usd, known_for: row.cost_known_for } : null,
    tokens: { prompt: row?.prompt_tokens ?? 0, completion: row?.completion_tokens ?? 0 },
    generation_ms: timesOf(row),
    feedback: feedbackOf(row?.helpful ?? 0, row?.unhelpful ?? 0),
  };
}

function timesOf(row: WrittenRow | undefined): Counts['generation_ms'] {
  if (!row || row.median_ms === null || row.p95_ms === null) return null;
  return { median: row.median_ms, p95: row.p95_ms };
}

/** What readers said, with the interval that it allows to be told. */
export function feedbackOf(helpful: number, unhelpful: number): PromptFeedback {
  const given = helpful + unhelpful;
  if (given === 0) return { helpful, unhelpful, helpful_share: null, low: null, high: null };
  return { helpful, unhelpful, helpful_share: helpful / given, ...wilsonInterval(helpful, given) };
}
