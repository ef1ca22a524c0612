import { derivedId, newId } from '@undertone/platform/ids/ids';
import { specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { link, linkEnvelope, type StoreTokens, storedEventId } from './link.js';

const store = (changed: Partial<StoreTokens> = {}): StoreTokens => ({
  userId: '0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20',
  provider: 'spotify',
  storeId: newId(),
  scopes: ['user-top-read'],
  expiresAt: new Date('2026-11-23T11:00:00.000Z'),
  storedAt: new Date('2026-11-23T10:00:00.000Z'),
  ...changed,
});

const scopes: string[] = ['user-top-read'];
const stored = ({ userId, storeId }: StoreTokens) =>
  ({
    type: 'tokens-stored',
    data: {
      user_id: userId,
      provider: 'spotify',
      scopes,
      expires_at: '2026-11-23T11:00:00.000Z',
      stored_at: '2026-11-23T10:00:00.000Z',
    },
    envelope: { id: storedEventId(userId, storeId) },
  }) as const;
const said = ({ type, data }: ReturnType<typeof stored>) => ({ type, data });

const { given } = specify(link);

describe('a link', () => {
  it('is made by storing tokens', () => {
    const command = store();
    given([])
      .when(command)
      .then([said(stored(command))]);
  });

  it('is made without scopes where none were given', () => {
    const { type, data } = stored(store());
    given([])
      .when(store({ scopes: null }))
      .then([{ type, data: { ...data, scopes: null } }]);
  });

  it('is said once, however often it is tried', () => {
    const command = store();
    given([stored(command)])
      .when(command)
      .thenNothing();
  });

  it('is made anew by storing again, even the same tokens at the same time', () => {
    const again = store();
    given([stored(store())])
      .when(again)
      .then([said(stored(again))]);
  });

  it('has ids of its own for each person', () => {
    const storeId = newId();
    expect(storedEventId(newId(), storeId)).not.toBe(storedEventId(newId(), storeId));
  });

  it('is announced under an id that follows from the person and the store', () => {
    const command = store();
    const { userId, storeId } = command;
    expect(linkEnvelope(command)).toEqual({
      id: derivedId(userId, 'tokens stored', storeId),
      source: 'token',
      time: command.storedAt,
    });
    expect(linkEnvelope(store()).id).not.toBe(linkEnvelope(store()).id);
  });
});
