import { newId } from '@undertone/platform/ids/ids';
import { recorded, specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { link, type StoreTokens, storedEventId, unlinked } from './link.js';

const store = (changed: Partial<StoreTokens> = {}): StoreTokens => ({
  userId: '0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20',
  provider: 'spotify',
  storeId: newId(),
  scopes: ['user-top-read'],
  expiresAt: new Date('2026-11-23T11:00:00.000Z'),
  storedAt: new Date('2026-11-23T10:00:00.000Z'),
  ...changed,
});

function stored(command: StoreTokens, sequence: number) {
  const event = link.decide(command, unlinked);
  if (!event) throw new Error('nothing was decided');
  return recorded(event, sequence);
}

const { given } = specify(link, unlinked);

describe('a link', () => {
  it('is made by storing tokens', () => {
    const command = store();
    given([])
      .when(command)
      .then({
        id: storedEventId(command.userId, command.storeId),
        time: command.storedAt,
        source: 'token',
        data: {
          user_id: command.userId,
          provider: 'spotify',
          scopes: ['user-top-read'],
          expires_at: '2026-11-23T11:00:00.000Z',
          stored_at: '2026-11-23T10:00:00.000Z',
        },
      });
  });

  it('is said once, however often it is tried', () => {
    const command = store();
    given([stored(command, 1)])
      .when(command)
      .thenNothing();
  });

  it('is made anew by storing again, even the same tokens at the same time', () => {
    const again = store();
    given([stored(store(), 1)])
      .when(again)
      .then({ id: storedEventId(again.userId, again.storeId) });
  });

  it('has ids of its own for each person', () => {
    const storeId = newId();
    expect(storedEventId(newId(), storeId)).not.toBe(storedEventId(newId(), storeId));
  });
});
