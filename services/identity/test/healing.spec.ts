import { registerUser } from '@undertone/contracts/identity/rpc';
import { UserRegistered } from '@undertone/contracts/identity/user-registered';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { forgetMessageIds } from '@undertone/platform/test-kit/forget-message-ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealPerson } from '../src/users/personal-data.js';
import { heldUp } from './held.js';
import { People } from './people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

let identity: RunningIdentity;
beforeAll(async () => {
  identity = await runIdentity();
});
afterAll(() => identity.stop());

const CREATED = new Date('2026-11-23T10:00:00.000Z');
const person = (name: string) => ({
  spotify_user_id: name,
  display_name: name,
  email: `${name}@example.org`,
});

// What a process leaves behind that dies after it wrote the row, and before it appended the event.
async function leaveRow(name: string): Promise<string> {
  const encryption = new FieldEncryption(identity.environment.FIELD_ENCRYPTION_KEY ?? '');
  const id = newId();
  const sealed = sealPerson(encryption, id, {
    spotifyUserId: name,
    isSpotifyProven: true,
    displayName: name,
    email: `${name}@example.org`,
  });
  await identity.orm.em.execute(
    `insert into registered_user
       (id, spotify_user_fingerprint, spotify_user_id, display_name, email, created_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?)`,
    [
      id,
      sealed.spotifyUserFingerprint,
      sealed.spotifyUserId,
      sealed.displayName,
      sealed.email,
      CREATED,
      CREATED,
    ],
  );
  return id;
}

async function sequenceOf(id: string): Promise<number | undefined> {
  const [row] = await identity.orm.em.execute(
    'select registered_sequence from registered_user where id = ?',
    [id],
  );
  return row?.registered_sequence === null ? undefined : Number(row?.registered_sequence);
}
const eventsOf = async (id: string) =>
  (await identity.events()).filter(({ subject }) => subject.startsWith(`identity.${id}.`));

describe('a registration that was cut short', () => {
  it('between row and event is completed by the next start', async () => {
    await identity.stopService();
    const ids = await Promise.all(Array.from({ length: 3 }, (_, count) => leaveRow(`cut-${count}`)));
    expect(await identity.events()).toEqual([]);
    await identity.restart();
    for (const id of ids) {
      const events = await eventsOf(id);
      expect(events).toMatchObject([
        { id: derivedId(id, 'registered'), time: CREATED.toISOString(), sequence: await sequenceOf(id) },
      ]);
      expect(events.map((event) => UserRegistered.read(event)?.registered_at)).toEqual([
        CREATED.toISOString(),
      ]);
    }
    await identity.restart();
    expect(await identity.events()).toHaveLength(3);
  });

  it('between row and event is completed by registering again', async () => {
    const id = await leaveRow('again');
    const { email: _, ...withoutAddress } = person('again');
    const user = await identity.ask(registerUser, withoutAddress);
    expect(user).toMatchObject({ user_id: id, created_at: CREATED.toISOString() });
    expect(await eventsOf(id)).toMatchObject([{ sequence: await sequenceOf(id) }]);
  });

  it('after the event is not said twice, not even when the server has forgotten its id', async () => {
    const { user_id: id } = await identity.ask(registerUser, person('noted-late'));
    const [event] = await eventsOf(id);
    const forget = () =>
      identity.orm.em.execute('update registered_user set registered_sequence = null where id = ?', [id]);

    await forget();
    await identity.restart();
    expect(await sequenceOf(id)).toBe(event?.sequence);
    await forgetMessageIds(identity.store, 'IDENTITY', event);
    await forget();
    await Promise.all(Array.from({ length: 5 }, () => identity.ask(registerUser, person('noted-late'))));
    expect(await sequenceOf(id)).toBe(event?.sequence);
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('by a log that was away is completed when the log is back', async () => {
    await identity.infrastructure.nats.kill();
    const id = await leaveRow('log-away');
    const starting = identity.restart();
    await identity.infrastructure.nats.restart();
    await starting;
    await eventually('the event', async () => (await eventsOf(id)).length === 1);
    expect(await sequenceOf(id)).toBeGreaterThan(0);
  });
});

describe('a token that was shown twice', () => {
  it('is in the log, also where that was away when it was found', async () => {
    const people = new People(identity);
    const { user_id, email } = await people.join();
    const { session_id, refresh_token } = await people.enter(email);
    await people.refresh((await people.refresh(refresh_token)).refresh_token);
    await identity.orm.em.execute(
      `update session set rotated_at = rotated_at - interval '61 seconds' where id = ?`,
      [session_id],
    );
    const outcome = await heldUp(
      identity,
      (em) => em.execute('select 1 from session where id = ? for update', [session_id]),
      () => people.refresh(refresh_token),
      () => identity.infrastructure.nats.kill(),
    );
    expect(outcome.status).toBe('rejected');
    await eventually('the session is over', async () => {
      const [row] = await identity.orm.em.execute('select ended_at from session where id = ?', [session_id]);
      return row?.ended_at !== null;
    });
    await identity.infrastructure.nats.restart();
    await identity.restart();
    const reuses = async () => (await eventsOf(user_id)).filter(({ subject }) => subject.endsWith('reused'));
    await eventually('the event', async () => (await reuses()).length === 1);
    await identity.restart();
    expect((await reuses()).map(({ data }) => data)).toMatchObject([{ user_id, session_id }]);
  });
});
