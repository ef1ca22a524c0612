import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import type { Principal } from '@undertone/contracts/access/principal';
import { ActionTaken } from '@undertone/contracts/audit/action-taken';
import { type CalledBy, type Targets, wayOf } from '@undertone/contracts/audit/audit';
import { nobody } from '@undertone/contracts/id';
import { auditAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import type { Logger } from '@undertone/platform/logging/logger';
import { HealingSweep } from '@undertone/platform/nest/healing-sweep';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { AuditDue } from './audit-due.entity.js';

/** What was done without a request of its own, what only identity knows of one, and what has to be known though a gateway died. */
export interface Action {
  /** As `person-erased`. */
  readonly what: string;
  readonly by: CalledBy;
  readonly is_admin?: boolean;
  /** The session or key that they came with. */
  readonly credential?: string;
  /** A pseudonym; absent: nobody in particular. */
  readonly actor?: string;
  /** A pseudonym. */
  readonly subject?: string;
  /** No person, nothing secret, and nothing that a person typed. */
  readonly targets?: Targets;
  /** ISO 8601. */
  readonly at: string;
}

/** Who asks. */
export const byCaller = (caller: Principal): Pick<Action, 'by' | 'actor' | 'is_admin' | 'credential'> => {
  const { who, roles, session_id, key_id } = caller;
  const credential = session_id ?? key_id;
  return {
    by: wayOf(caller),
    is_admin: roles.includes('admin'),
    ...(who.kind === 'user' && { actor: pseudonymOf(who.user_id) }),
    ...(credential !== undefined && { credential }),
  };
};

/**
 * Puts into the audit that something was done: within the transaction that does it, so that neither is there without the other. The
 * log has it within a minute, or at once by `sendAudit`.
 * @returns the id of the event that it becomes.
 */
export async function recordAudit(em: EntityManager, action: Action): Promise<string> {
  const id = newId();
  await em.insert(AuditDue, { id, action });
  return id;
}

/** Appends what is due. @throws {LogUnavailable} it stays due. */
export async function sendAudit(store: EventStore, em: EntityManager, id: string): Promise<void> {
  const due = await em.findOne(AuditDue, { id }, { disableIdentityMap: true });
  if (!due) return;
  const { actor = nobody, targets = {}, ...action } = due.action;
  await store.append(auditAggregate(actor), {
    definition: ActionTaken,
    data: { is_admin: action.by === 'command_line', ...action, actor, targets },
    id,
    source: 'identity',
    time: new Date(action.at),
  });
  await em.nativeDelete(AuditDue, { id });
}

/** Appends what no other process did: it died, or the log was away. */
export const auditHealing: FactoryProvider = {
  provide: Symbol('audit healing'),
  inject: [MikroORM, EventStore, LOGGER],
  useFactory: (orm: MikroORM, store: EventStore, log: Logger) =>
    new HealingSweep({
      what: 'record of the audit',
      log,
      isRoutine: true,
      unfinished: (after, limit) =>
        orm.em.fork().find(AuditDue, after === undefined ? {} : { id: { $gt: after } }, {
          orderBy: { id: 'asc' },
          limit,
          disableIdentityMap: true,
        }),
      keyOf: ({ id }) => id,
      finish: ({ id }) => sendAudit(store, orm.em.fork(), id),
    }),
};
