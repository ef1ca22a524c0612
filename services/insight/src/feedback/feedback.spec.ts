import { newId } from '@undertone/platform/ids/ids';
import { recorded, specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, it } from 'vitest';
import { feedback, type GiveFeedback, saidNothing } from './feedback.js';

const { given } = specify(feedback, saidNothing);
const userId = newId();
const insightId = newId();
const said = (helpful: boolean, of = insightId): GiveFeedback => ({
  eventId: newId(),
  insightId: of,
  userId,
  helpful,
  at: new Date('2026-11-24T10:00:00.000Z'),
});
const gave = (helpful: boolean, sequence: number, of = insightId) => {
  const event = feedback.decide(said(helpful, of), saidNothing);
  if (!event) throw new Error('nothing was decided');
  return recorded(event, sequence);
};

describe('feedback', () => {
  it('is given', () => {
    given([])
      .when(said(true))
      .then({
        data: { insight_id: insightId, user_id: userId, helpful: true, given_at: '2026-11-24T10:00:00.000Z' },
      });
  });

  it('is the same when said again', () => {
    given([gave(true, 1)])
      .when(said(true))
      .thenNothing();
  });

  it('may be changed, and changed back', () => {
    const now = said(true);
    given([gave(true, 1), gave(false, 2)])
      .when(now)
      .then({ id: now.eventId });
  });

  it('of one insight says nothing of another', () => {
    const now = said(true);
    given([gave(true, 1, newId())])
      .when(now)
      .then({ id: now.eventId });
  });
});
