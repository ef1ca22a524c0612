import { FeedbackGiven } from '@undertone/contracts/insight/feedback-given';
import type { Decider } from '@undertone/platform/event-store/decide-and-append';

/** Whether a reader called each of their insights helpful, by its id; those they said nothing of are missing. */
export type FeedbackState = ReadonlyMap<string, boolean>;

export interface GiveFeedback {
  readonly eventId: string;
  readonly insightId: string;
  readonly userId: string;
  readonly helpful: boolean;
  readonly at: Date;
}

export const saidNothing: FeedbackState = new Map();

/** Readers may change their mind; saying the same again changes nothing. */
export const feedback: Decider<GiveFeedback, FeedbackState> = {
  decide({ eventId, insightId, userId, helpful, at }, state) {
    if (state.get(insightId) === helpful) return undefined;
    return {
      definition: FeedbackGiven,
      id: eventId,
      time: at,
      source: 'insight',
      data: { insight_id: insightId, user_id: userId, helpful, given_at: at.toISOString() },
    };
  },
  evolve(state, event) {
    const given = FeedbackGiven.read(event);
    return given ? new Map(state).set(given.insight_id, given.helpful) : state;
  },
};
