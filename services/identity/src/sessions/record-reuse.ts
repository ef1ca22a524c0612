import { RefreshTokenReused } from '@undertone/contracts/identity/refresh-token-reused';
import { userAggregate } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import type { SessionRow } from './session.entity.js';

/** Records that a session's tokens are in two hands: once for each session. */
export async function recordReuse(
  store: EventStore,
  { id, userId }: Pick<SessionRow, 'id' | 'userId'>,
  at: Date,
): Promise<void> {
  const event = {
    definition: RefreshTokenReused,
    data: { user_id: userId, session_id: id, found_at: at.toISOString() },
    id: derivedId(id, 'refresh-token-reused'),
    source: 'identity',
    time: at,
  };
  await recordOnce(store, userAggregate(userId), event, { upTo: 0 });
}
