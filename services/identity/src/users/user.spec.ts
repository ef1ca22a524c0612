import { derivedId, newId } from '@undertone/platform/ids/ids';
import { recorded, specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { unknownUser, user } from './user.js';

const userId = newId();
const at = new Date('2026-11-23T10:00:00.000Z');
const { given } = specify(user, unknownUser);

function registration() {
  const event = user.decide({ userId, at }, unknownUser);
  if (!event) throw new Error('nothing was decided');
  return event;
}

describe('a user', () => {
  it('registers', () => {
    given([])
      .when({ userId, at })
      .then({
        id: derivedId(userId, 'registered'),
        time: at,
        source: 'identity',
        data: { user_id: userId, registered_at: '2026-11-23T10:00:00.000Z' },
      });
  });

  it('registers once', () => {
    given([recorded(registration(), 1)])
      .when({ userId, at: new Date('2026-11-24T10:00:00.000Z') })
      .thenNothing();
  });

  it('is known by its id alone', () => {
    expect(Object.keys(registration().data as object).sort()).toEqual(['registered_at', 'user_id']);
  });

  it('is not changed by events of another kind', () => {
    const other = { ...recorded(registration(), 1), type: 'undertone.identity.user-renamed' };
    given([other])
      .when({ userId, at })
      .then({ id: derivedId(userId, 'registered') });
  });
});
