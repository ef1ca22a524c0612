import { FeedbackGiven } from '@undertone/contracts/insight/feedback-given';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, EventOf, Recorded } from '@undertone/platform/event-store/decider';

// Events

const events = [FeedbackGiven] as const;
type FeedbackEvent = EventOf<typeof events>;

// State

/** What a reader said of each of their insights last, by its id; those they said nothing of are missing. */
export type FeedbackState = ReadonlyMap<string, Said>;
export interface Said {
  readonly helpful: boolean;
  /** Stream sequence of its event. */
  readonly sequence: number;
}

const initial: FeedbackState = new Map();

function evolve(state: FeedbackState, event: Recorded<FeedbackEvent>): FeedbackState {
  switch (event.type) {
    case 'feedback-given': {
      const { insight_id, helpful } = event.data;
      return new Map(state).set(insight_id, { helpful, sequence: event.metadata.sequence });
    }
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
  if (state.get(insightId)?.helpful === helpful) return undefined;
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
