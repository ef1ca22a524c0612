import type { PromptName, PromptOverview } from '@undertone/contracts/prompt/prompt';
import { labelled, type PromptState, runningExperiment } from './prompt.js';

/** Where a prompt stands now. */
export function overviewOf(name: PromptName, state: PromptState): PromptOverview {
  const running = runningExperiment(state);
  return {
    name,
    newest: state.versions.length,
    labels: {
      production: labelled(state, 'production') ?? null,
      candidate: labelled(state, 'candidate') ?? null,
    },
    experiment: running
      ? { experiment_id: running.experiment_id, variants: running.variants, started_at: running.started_at }
      : null,
  };
}
