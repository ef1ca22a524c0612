import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { RefreshTokenReused } from '@undertone/contracts/identity/refresh-token-reused';
import { userAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import type { Logger } from '@undertone/platform/logging/logger';
import { HealingSweep } from '@undertone/platform/nest/healing-sweep';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { Session, type SessionRow } from './session.entity.js';

type Reused = Pick<SessionRow, 'id' | 'userId' | 'reuseFoundAt'>;

/**
 * Records that a session's tokens are in two hands: once for each session. Its row says so before, and until the log has it.
 * @throws {LogUnavailable} the row goes on saying so, for the next sweep.
 */
export async function recordReuse(
  store: EventStore,
  em: EntityManager,
  { id, userId, reuseFoundAt }: Reused,
): Promise<void> {
  if (reuseFoundAt == null) return;
  const event = {
    definition: RefreshTokenReused,
    data: { user_id: userId, session_id: id, found_at: reuseFoundAt.toISOString() },
    id: derivedId(id, 'refresh-token-reused'),
    source: 'identity',
    time: reuseFoundAt,
  };
  await recordOnce(store, userAggregate(userId), event, { upTo: 0 });
  await em.nativeUpdate(Session, { id }, { reuseFoundAt: null });
}

/** Records what was found while the log was away, or by a process that died then. */
export const reuseHealing: FactoryProvider = {
  provide: Symbol('reuse healing'),
  inject: [MikroORM, EventStore, LOGGER],
  useFactory: (orm: MikroORM, store: EventStore, log: Logger) =>
    new HealingSweep<Reused>({
      what: 'record of a reused token',
      log,
      unfinished: (after, limit) =>
        orm.em.fork().find(
          Session,
          { reuseFoundAt: { $ne: null }, ...(after && { id: { $gt: after } }) },
          {
            orderBy: { id: 'asc' },
            limit,
            fields: ['userId', 'reuseFoundAt'],
            disableIdentityMap: true,
          },
        ),
      keyOf: ({ id }) => id,
      userOf: ({ userId }) => userId,
      finish: (session) => recordReuse(store, orm.em.fork(), session),
    }),
};
