import { Inject, Injectable } from '@nestjs/common';
import { type PromptName, type PromptVersion, promptVersionText } from '@undertone/contracts/prompt/prompt';
import { PermanentJobError } from '@undertone/platform/jobs/job-errors';
import type { Experiment, PromptState } from './prompt.js';
import { PromptLog } from './prompt-log.js';
import { ReleasedPrompts } from './released-prompts.js';
import { variantOf } from './variant-of.js';

/** The version that an insight is written with, and how it came to be chosen. */
export interface ChosenPrompt {
  readonly version: PromptVersion;
  /** The experiment and the person's variant in it, where one decided. */
  readonly experiment?: { readonly id: string; readonly variant: string };
}

/** Chooses versions of prompts. */
@Injectable()
export class PromptLibrary {
  constructor(
    @Inject(PromptLog) private readonly log: PromptLog,
    @Inject(ReleasedPrompts) private readonly released: ReleasedPrompts,
  ) {}

  /**
   * The version for a person's insight: the variant of the experiment that ran at a time, or else what was labelled
   * `production` then. The time is that of the job's request, so that every try of a job gets the same answer.
   * @param options.version asks for this one, whatever the labels say: `wellness-v2`.
   * @throws {PermanentJobError} `PROMPT_VERSION_UNKNOWN` when there is no such version.
   * @throws {LogUnavailable}
   */
  async resolve(options: {
    readonly name: PromptName;
    readonly userId: string;
    readonly at: Date;
    readonly version?: string | undefined;
  }): Promise<ChosenPrompt> {
    await this.released.published();
    return choose(await this.log.state(options.name), options);
  }
}

export function choose(
  state: PromptState,
  { name, userId, at, version: asked }: Parameters<PromptLibrary['resolve']>[0],
): ChosenPrompt {
  if (asked !== undefined) {
    const version = state.versions.find(({ number }) => promptVersionText(name, number) === asked);
    if (version) return { version };
    throw new PermanentJobError(
      'PROMPT_VERSION_UNKNOWN',
      `there is no version ${asked} of the prompt ${name}`,
    );
  }
  const time = at.toISOString();
  const experiment = state.experiments.findLast((candidate) => ranAt(candidate, time));
  if (experiment) {
    const { number: chosen, variant } = variantOf(experiment, userId);
    const version = versionOf(state, name, chosen);
    return { version, experiment: { id: experiment.experiment_id, variant } };
  }
  const moves = state.moves.filter(({ label }) => label === 'production');
  // A job may have been asked for before there was any version: then it is the first one.
  const move = moves.findLast(({ moved_at }) => moved_at <= time) ?? moves[0];
  return { version: versionOf(state, name, move?.number ?? 0) };
}

const ranAt = ({ started_at, stopped_at }: Experiment, time: string): boolean =>
  started_at <= time && (stopped_at === undefined || time < stopped_at);

function versionOf({ versions }: PromptState, name: PromptName, number: number): PromptVersion {
  const version = versions[number - 1];
  if (version) return version;
  const missing = number === 0 ? 'no version yet' : `no version ${number}`;
  throw new PermanentJobError('PROMPT_VERSION_UNKNOWN', `the prompt ${name} has ${missing}`);
}
