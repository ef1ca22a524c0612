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
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, EventOf } from '@undertone/platform/event-store/decider';
import { Rejected } from '@undertone/platform/event-store/rejected';

// Events

const events = [
  ReplayRequested,
  ReplayCanaryWritten,
  ReplayApproved,
  ReplayPaused,
  ReplayResumed,
  ReplayCompleted,
  ReplayCancelled,
] as const;
type ReplayEvent = EventOf<typeof events>;

// State

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

const initial: ReplayState = {
  order: undefined,
  status: 'running',
  phase: 'rest',
  pauseReason: null,
  round: 1,
  budget: {},
  completed: undefined,
};

function evolve(state: ReplayState, { type, data }: ReplayEvent): ReplayState {
  switch (type) {
    case 'requested': {
      const phase = data.canary === undefined ? 'rest' : 'canary';
      return { ...initial, order: data, phase, budget: data.budget };
    }
    case 'canary-written':
      return { ...state, status: 'awaiting_go' };
    case 'approved':
      return { ...state, status: 'running', phase: 'rest' };
    case 'paused':
      return { ...state, status: 'paused', pauseReason: data.reason };
    case 'resumed': {
      const { round, budget } = data;
      return { ...state, status: 'running', pauseReason: null, completed: undefined, round, budget };
    }
    case 'completed': {
      const { failed, through_sequence: through, at } = data;
      return { ...state, status: 'completed', completed: { failed, through, at } };
    }
    case 'cancelled':
      return { ...state, status: 'cancelled', pauseReason: null };
    default:
      return type satisfies never;
  }
}

// Commands

export type ReplayCommand = { readonly at: Date } & (
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

/** @throws {Rejected} the replay is not where the command could be carried out. */
function decide(command: ReplayCommand, state: ReplayState): ReplayEvent | undefined {
  const { order, status } = state;
  if (command.type === 'order') {
    return order ? undefined : { type: 'requested', data: command.order };
  }
  if (!order) throw new Rejected('REPLAY_NOT_FOUND', 'there is no such replay');
  const fact = { replay_id: order.replay_id, at: command.at.toISOString() };

  switch (command.type) {
    case 'canary written': {
      if (status !== 'running' || state.phase !== 'canary') return undefined;
      const { written, failed } = command;
      return { type: 'canary-written', data: { ...fact, written, failed } };
    }
    case 'go':
      if (status === 'awaiting_go') return { type: 'approved', data: fact };
      if (status === 'running' && state.phase === 'rest' && order.canary !== undefined) return undefined;
      throw cannot('be given a go', state);
    case 'pause':
      if (status === 'paused') return undefined;
      if (status !== 'running') throw cannot('be paused', state);
      return { type: 'paused', data: { ...fact, reason: command.reason } };
    case 'resume': {
      if (status === 'running') return undefined;
      // A job that the budget had no room for has failed, and only a new round has it done again.
      const again =
        status === 'completed' ? (state.completed?.failed ?? 0) > 0 : state.pauseReason === 'budget';
      if (status !== 'paused' && !again) throw cannot('go on', state);
      const round = again ? state.round + 1 : state.round;
      return { type: 'resumed', data: { ...fact, round, budget: command.budget ?? state.budget } };
    }
    case 'complete': {
      if (status !== 'running' || state.phase !== 'rest') return undefined;
      const { written, failed, through } = command;
      return { type: 'completed', data: { ...fact, written, failed, through_sequence: through } };
    }
    case 'cancel':
      return status === 'cancelled' ? undefined : { type: 'cancelled', data: fact };
    default:
      return command satisfies never;
  }
}

const cannot = (what: string, { status }: ReplayState): Rejected =>
  new Rejected('REPLAY_STATE', `the replay is ${status.replace('_', ' ')} and cannot ${what}`);

export const replayDecider: Decider<ReplayCommand, ReplayState, typeof events> = {
  events,
  initial,
  evolve,
  decide,
};

// Envelope

export const replayEnvelope = (id: string, replayId: string, { at }: ReplayCommand): Envelope => ({
  id,
  source: 'insight',
  time: at,
  correlationId: replayId,
});
