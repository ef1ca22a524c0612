import type { EntityManager } from '@mikro-orm/postgresql';
import { userAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { User, type UserRow } from './user.entity.js';
import { user, userEnvelope } from './user.js';

/**
 * Appends `UserRegistered` for a row that was written, unless an earlier try did, and notes in the row where it is.
 * May run any number of times, in several processes at once: the log gets one event.
 * @throws {LogUnavailable} the row stays unannounced, for the next try.
 */
export async function announceUser(
  store: EventStore,
  em: EntityManager,
  { id, createdAt }: Pick<UserRow, 'id' | 'createdAt'>,
): Promise<void> {
  const command = { userId: id, at: createdAt };
  const aggregate = userAggregate(id);
  const { event } = await decideAndAppend(store, user, {
    aggregate,
    command,
    envelope: userEnvelope(command),
  });
  if (event) await em.nativeUpdate(User, { id }, { registeredSequence: event.sequence });
}
