import { derivedId, newId } from '@undertone/platform/ids/ids';
import { specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { link, linkEnvelope, type SayOfLink, storedEventId } from './link.js';

const userId = '0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20';
const whose = { user_id: userId, provider: 'spotify' } as const;
const at = new Date('2026-11-23T10:00:00.000Z');

const say = (event: SayOfLink['event'], storeId = newId()): SayOfLink => ({ storeId, at, event });
const store = (scopes: string[] | null = ['user-top-read'], storeId = newId()): SayOfLink => {
  const times = { expires_at: '2026-11-23T11:00:00.000Z', stored_at: at.toISOString() };
  return say({ type: 'tokens-stored', data: { ...whose, scopes, ...times } }, storeId);
};
const said = (command: SayOfLink) => ({ ...command.event, envelope: linkEnvelope(command) });

const { given } = specify(link);

describe('a link', () => {
  it.each([
    ['is made by storing tokens', store()],
    ['is made without scopes where none were given', store(null)],
    [
      'ends where the provider refuses',
      say({ type: 'reauth-required', data: { ...whose, required_at: at.toISOString() } }),
    ],
    [
      'is going to end',
      say({ type: 'reauth-due', data: { ...whose, ends_at: at.toISOString(), days_left: 7 } }),
    ],
    ['is removed', say({ type: 'tokens-removed', data: { ...whose, removed_at: at.toISOString() } })],
  ])('%s, which is said once, however often it is tried', (_what, command) => {
    given([]).when(command).then([command.event]);
    given([said(command)])
      .when(command)
      .thenNothing();
  });

  it('is made anew by storing again, even the same tokens at the same time', () => {
    const again = store();
    given([said(store())])
      .when(again)
      .then([again.event]);
  });

  it('is announced under ids that follow from the person, the store and what is said', () => {
    const command = store();
    expect(linkEnvelope(command)).toEqual({
      id: storedEventId(userId, command.storeId),
      source: 'token',
      time: at,
    });
    // In the log of every installation.
    expect(storedEventId(userId, 'a')).toBe(derivedId(userId, 'tokens stored', 'a'));
    const due = (days_left: 30 | 7) =>
      say({ type: 'reauth-due', data: { ...whose, ends_at: at.toISOString(), days_left } }, command.storeId);
    const ids = [command, store(), due(30), due(7)].map((one) => linkEnvelope(one).id);
    expect(new Set(ids).size).toBe(4);
    expect(storedEventId(newId(), command.storeId)).not.toBe(storedEventId(userId, command.storeId));
  });
});
