import type { RecordedEvent } from '@undertone/contracts/event';
import type { ReplayBudget, ReplayPhase } from '@undertone/contracts/replay/replay';
import {
  ReplayApproved,
  ReplayCanaryWritten,
  ReplayCancelled,
  ReplayCompleted,
  ReplayPaused,
  ReplayRequested,
  type ReplayRequestedData,
  ReplayResumed,
} from '@undertone/contracts/replay/replay-events';
import type { NewEvent } from '@undertone/platform/event-store/cloudevents';
import type { Decider } from '@undertone/platform/event-store/decide-and-append';
import { Refused } from '@undertone/platform/rpc/rpc-client';

/**
 * A replay: what was ordered, and the decisions on its way. Whether readers see it is no decision of its own: that is
 * the move of the prompt's label (`production-switch.ts`).
 */
export interface ReplayState {
  readonly order: ReplayRequestedData | undefined;
  readonly status: 'running' | 'awaiting_go' | 'paused' | 'completed' | 'cancelled';
  readonly phase: ReplayPhase;
  readonly pauseReason: 'operator' | 'budget' | null;
  /** Counts the tries of the whole, from 1; each later one is for what failed before. */
  readonly round: number;
  readonly budget: ReplayBudget;
  readonly completed: { readonly failed: number; readonly through: number; readonly at: string } | undefined;
}

export type ReplayCommand = { readonly id: string; readonly at: Date } & (
  | { readonly type: 'order'; readonly order: ReplayRequestedData }
  | { readonly type: 'canary written'; readonly written: number; readonly failed: number }
  | { readonly type: 'go' | 'cancel' }
  | { readonly type: 'pause'; readonly reason: 'operator' | 'budget' }
  | { readonly type: 'resume'; readonly budget?: ReplayBudget | undefined }
  | {
      readonly type: 'complete';
      readonly written: number;
      readonly failed: number;
      /** The filter's end in LISTENING. */
      readonly through: number;
    }
);

export const noReplay: ReplayState = {
  order: undefined,
  status: 'running',
  phase: 'rest',
  pauseReason: null,
  round: 1,
  budget: {},
  completed: undefined,
};

export const replayDecider: Decider<ReplayCommand, ReplayState> = { decide, evolve };

/** @throws {Refused} the replay is not where the command could be carried out. */
function decide(command: ReplayCommand, state: ReplayState): NewEvent | undefined {
  const { order, status } = state;
  if (command.type === 'order') return order ? undefined : ordered(command, command.order);
  if (!order) throw new Refused('REPLAY_NOT_FOUND', 'there is no such replay');
  const fact = { replay_id: order.replay_id, at: command.at.toISOString() };
  const event = <T>(definition: NewEvent<T>['definition'], data: T): NewEvent =>
    ({ ...common(command, order.replay_id), definition, data }) as NewEvent;
  const refuse = (what: string) =>
    new Refused('REPLAY_STATE', `the replay is ${status.replace('_', ' ')} and cannot ${what}`);

  switch (command.type) {
    case 'canary written': {
      if (status !== 'running' || state.phase !== 'canary') return undefined;
      const { written, failed } = command;
      return event(ReplayCanaryWritten, { ...fact, written, failed });
    }
    case 'go':
      if (status === 'awaiting_go') return event(ReplayApproved, fact);
      if (status === 'running' && state.phase === 'rest' && order.canary !== undefined) return undefined;
      throw refuse('be given a go');
    case 'pause':
      if (status === 'paused') return undefined;
      if (status === 'running') return event(ReplayPaused, { ...fact, reason: command.reason });
      throw refuse('be paused');
    case 'resume': {
      if (status === 'running') return undefined;
      // A job that the budget had no room for has failed, and only a new round has it done again.
      const again =
        status === 'completed' ? (state.completed?.failed ?? 0) > 0 : state.pauseReason === 'budget';
      if (status !== 'paused' && !again) throw refuse('go on');
      const budget = command.budget ?? state.budget;
      return event(ReplayResumed, { ...fact, round: again ? state.round + 1 : state.round, budget });
    }
    case 'complete': {
      if (status !== 'running' || state.phase !== 'rest') return undefined;
      const { written, failed, through } = command;
      return event(ReplayCompleted, { ...fact, written, failed, through_sequence: through });
    }
    case 'cancel':
      return status === 'cancelled' ? undefined : event(ReplayCancelled, fact);
    default:
      return command satisfies never;
  }
}

const common = ({ id, at }: ReplayCommand, replayId: string) => ({
  id,
  time: at,
  source: 'insight',
  correlationId: replayId,
});

const ordered = (command: ReplayCommand, order: ReplayRequestedData): NewEvent => ({
  ...common(command, order.replay_id),
  definition: ReplayRequested,
  data: order,
});

function evolve(state: ReplayState, event: RecordedEvent): ReplayState {
  const order = ReplayRequested.read(event);
  if (order) {
    const phase = order.canary === undefined ? 'rest' : 'canary';
    return { ...noReplay, order, phase, budget: order.budget };
  }
  if (ReplayCanaryWritten.read(event)) return { ...state, status: 'awaiting_go' };
  if (ReplayApproved.read(event)) return { ...state, status: 'running', phase: 'rest' };
  const paused = ReplayPaused.read(event);
  if (paused) return { ...state, status: 'paused', pauseReason: paused.reason };
  const resumed = ReplayResumed.read(event);
  if (resumed) {
    const { round, budget } = resumed;
    return { ...state, status: 'running', pauseReason: null, completed: undefined, round, budget };
  }
  const completed = ReplayCompleted.read(event);
  if (completed) {
    const { failed, through_sequence: through, at } = completed;
    return { ...state, status: 'completed', completed: { failed, through, at } };
  }
  if (ReplayCancelled.read(event)) return { ...state, status: 'cancelled', pauseReason: null };
  return state;
}
