import { newId } from '@undertone/platform/ids/ids';
import { specify, stateAfter } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { feedback, feedbackEnvelope, type GiveFeedback } from './feedback.js';

const { given } = specify(feedback);
const userId = newId();
const insightId = newId();
const say = (helpful: boolean): GiveFeedback => ({
  insightId,
  userId,
  helpful,
  at: new Date('2026-11-24T10:00:00.000Z'),
});
const said = (helpful: boolean, of = insightId) =>
  ({
    type: 'feedback-given',
    data: { insight_id: of, user_id: userId, helpful, given_at: '2026-11-24T10:00:00.000Z' },
  }) as const;

describe('feedback', () => {
  it('is given', () => {
    given([])
      .when(say(true))
      .then([said(true)]);
  });

  it('is the same when said again', () => {
    given([said(true)])
      .when(say(true))
      .thenNothing();
  });

  it('may be changed, and changed back', () => {
    given([said(true), said(false)])
      .when(say(true))
      .then([said(true)]);
  });

  it('of one insight says nothing of another', () => {
    given([said(true, newId())])
      .when(say(true))
      .then([said(true)]);
  });

  it('is known with where in the log it is', () => {
    const other = newId();
    expect(stateAfter(feedback, [said(true), said(true, other), said(false)])).toEqual(
      new Map([
        [insightId, { helpful: false, sequence: 3 }],
        [other, { helpful: true, sequence: 2 }],
      ]),
    );
  });

  it('is recorded under the id of its request', () => {
    const id = newId();
    const { at } = say(true);
    expect(feedbackEnvelope(id, say(true))).toEqual({ id, source: 'insight', time: at });
  });
});
