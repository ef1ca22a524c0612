import { isDeepStrictEqual } from 'node:util';
import {
  ExperimentStarted,
  type ExperimentStartedData,
} from '@undertone/contracts/prompt/experiment-started';
import { ExperimentStopped } from '@undertone/contracts/prompt/experiment-stopped';
import { LabelMoved, type LabelMovedData } from '@undertone/contracts/prompt/label-moved';
import type {
  PromptContent,
  PromptLabel,
  PromptName,
  PromptVariant,
  PromptVersion,
} from '@undertone/contracts/prompt/prompt';
import { PromptPublished } from '@undertone/contracts/prompt/prompt-published';
import type { Decider } from '@undertone/platform/event-store/decide-and-append';
import { derivedId } from '@undertone/platform/ids/ids';
import { experimentRunning, unknownVersion } from './prompt-refusals.js';

/** What the log says of a prompt. Nothing is forgotten: what was in force at some time can be told later. */
export interface PromptState {
  /** Version n stands at n - 1. */
  readonly versions: readonly PromptVersion[];
  /** Oldest first. */
  readonly moves: readonly LabelMovedData[];
  /** Oldest first; at most the last one runs. */
  readonly experiments: readonly Experiment[];
  /** Of all its events: a command that is repeated with its id, however late, does nothing. */
  readonly eventIds: ReadonlySet<string>;
}
export type Experiment = ExperimentStartedData & { readonly stopped_at?: string };

export const unpublished: PromptState = { versions: [], moves: [], experiments: [], eventIds: new Set() };

interface Publish {
  readonly type: 'publish';
  readonly content: PromptContent;
  readonly hash: string;
  readonly changelog: string;
  readonly origin: PromptVersion['origin'];
}
/** A release ships this version as its best one. */
interface AdoptShipped {
  readonly type: 'adopt shipped';
  readonly number: number;
}
interface MoveLabel {
  readonly type: 'move label';
  readonly label: PromptLabel;
  readonly number: number;
  readonly moved: { readonly by: 'operator' } | { readonly by: 'replay'; readonly replayId: string };
}
interface StartExperiment {
  readonly type: 'start experiment';
  readonly experimentId: string;
  readonly variants: readonly PromptVariant[];
}
interface StopExperiment {
  readonly type: 'stop experiment';
}
export type PromptCommand = (Publish | AdoptShipped | MoveLabel | StartExperiment | StopExperiment) & {
  readonly name: PromptName;
  /** Of the event that it leads to; the same one on a second try. */
  readonly eventId: string;
  readonly at: Date;
};

/** The same for everybody who publishes this content. */
export const publishedEventId = (name: PromptName, hash: string): string =>
  derivedId('prompt published', name, hash);

/** The version that a label names, if it names one. */
export const labelled = ({ moves }: PromptState, label: PromptLabel): number | undefined =>
  moves.findLast((move) => move.label === label)?.number;

export const runningExperiment = ({ experiments }: PromptState): Experiment | undefined => {
  const last = experiments.at(-1);
  return last?.stopped_at === undefined ? last : undefined;
};

/** A prompt: versions that never change, labels that move between them, and at most one experiment at a time. */
export const prompt: Decider<PromptCommand, PromptState> = {
  decide(command, state) {
    const { name, eventId: id, at: time } = command;
    const event = { id, time, source: 'insight' } as const;
    if (state.eventIds.has(id)) return undefined;
    const at = time.toISOString();
    switch (command.type) {
      case 'publish': {
        const { content, hash, changelog, origin } = command;
        if (state.versions.some((version) => version.hash === hash)) return undefined;
        const number = state.versions.length + 1;
        const data = { name, number, hash, ...content, changelog, origin, published_at: at };
        return { definition: PromptPublished, ...event, data };
      }
      case 'adopt shipped': {
        const { number } = command;
        const last = state.moves.findLast(({ label }) => label === 'production');
        // Whoever chose a version keeps it, and a replica of an older release takes nothing back.
        if (last && (last.moved_by !== 'release' || last.number >= number)) return undefined;
        const data: LabelMovedData = { name, label: 'production', number, moved_by: 'release', moved_at: at };
        return { definition: LabelMoved, ...event, data };
      }
      case 'move label': {
        const { label, number, moved } = command;
        mustExist(state, number, 'number');
        if (labelled(state, label) === number) return undefined;
        const replay = moved.by === 'replay' ? { replay_id: moved.replayId } : {};
        const data: LabelMovedData = { name, label, number, moved_by: moved.by, ...replay, moved_at: at };
        return { definition: LabelMoved, ...event, data };
      }
      case 'start experiment': {
        const { experimentId, variants } = command;
        for (const [i, { number }] of variants.entries()) mustExist(state, number, `variants.${i}.number`);
        const running = runningExperiment(state);
        if (running && isDeepStrictEqual(running.variants, variants)) return undefined;
        if (running) throw experimentRunning();
        const data = { name, experiment_id: experimentId, variants: [...variants], started_at: at };
        return { definition: ExperimentStarted, ...event, data };
      }
      case 'stop experiment': {
        const running = runningExperiment(state);
        if (!running) return undefined;
        const data = { name, experiment_id: running.experiment_id, stopped_at: at };
        return { definition: ExperimentStopped, ...event, data };
      }
      default:
        return command satisfies never;
    }
  },
  evolve(before, event) {
    const state = { ...before, eventIds: new Set(before.eventIds).add(event.id) };
    const published = PromptPublished.read(event);
    if (published) return { ...state, versions: [...state.versions, published] };
    const move = LabelMoved.read(event);
    if (move) return { ...state, moves: [...state.moves, move] };
    const started = ExperimentStarted.read(event);
    if (started) return { ...state, experiments: [...state.experiments, started] };
    const stopped = ExperimentStopped.read(event);
    if (!stopped) return state;
    const experiments = state.experiments.map((experiment) =>
      experiment.experiment_id === stopped.experiment_id
        ? { ...experiment, stopped_at: stopped.stopped_at }
        : experiment,
    );
    return { ...state, experiments };
  },
};

function mustExist({ versions }: PromptState, number: number, path: string): void {
  if (number > versions.length) throw unknownVersion(path, versions.length);
}
