import { FeedbackGiven } from '@undertone/contracts/insight/feedback-given';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, EventOf } from '@undertone/platform/event-store/decider';

// Events

const events = [FeedbackGiven] as const;
type FeedbackEvent = EventOf<typeof events>;

// State

/** Whether a reader called each of their insights helpful, by its id; those they said nothing of are missing. */
export type FeedbackState = ReadonlyMap<string, boolean>;

const initial: FeedbackState = new Map();

function evolve(state: FeedbackState, event: FeedbackEvent): FeedbackState {
  switch (event.type) {
    case 'feedback-given':
      return new Map(state).set(event.data.insight_id, event.data.helpful);
    default:
      return event.type satisfies never;
  }
}

// Commands

export interface GiveFeedback {
  readonly insightId: string;
  readonly userId: string;
  readonly helpful: boolean;
  readonly at: Date;
}

function decide(command: GiveFeedback, state: FeedbackState): FeedbackEvent | undefined {
  const { insightId, userId, helpful, at } = command;
  if (state.get(insightId) === helpful) return undefined;
  return {
    type: 'feedback-given',
    data: { insight_id: insightId, user_id: userId, helpful, given_at: at.toISOString() },
  };
}

/** Readers may change their mind; saying the same again changes nothing. */
export const feedback: Decider<GiveFeedback, FeedbackState, typeof events> = {
  events,
  initial,
  evolve,
  decide,
};

// Envelope

/** @param id the same one on a second try of the request. */
export const feedbackEnvelope = (id: string, { at }: GiveFeedback): Envelope => ({
  id,
  source: 'insight',
  time: at,
});
