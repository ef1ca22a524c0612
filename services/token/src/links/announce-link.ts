import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { tokenAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { VaultEntry, type VaultRow } from '../vault/vault-entry.entity.js';
import { authorizationEnd, DUE_DAYS, dueSince } from './authorization.js';
import { link, linkEnvelope, type SayOfLink } from './link.js';

/** Something that a row has and the log may lack, and how the row notes that the log has it. */
interface Unsaid {
  readonly command: SayOfLink;
  said(row: VaultRow, em: EntityManager): void;
}

/**
 * Appends what is to be said of a row, unless an earlier try did, and notes so in the row. The row is locked meanwhile, so
 * that what is said of one person is in the log in the order in which the vault took it; tokens that were replaced before they
 * were announced never are. Of a link that was removed, the row goes with the last of it.
 * @throws {LogUnavailable} the row stays as it is, for the next try.
 */
export function announceLink(
  store: EventStore,
  em: EntityManager,
  key: Pick<VaultRow, 'userId' | 'provider'>,
): Promise<void> {
  const { userId, provider } = key;
  return em.fork().transactional(async (transaction) => {
    const row = await transaction.findOne(
      VaultEntry,
      { userId, provider },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    );
    if (!row) return;
    for (const { command, said } of unsaidOf(row, new Date())) {
      const { logSequence } = row;
      const { event } = await decideAndAppend(store, link, {
        aggregate: tokenAggregate(userId),
        command,
        envelope: linkEnvelope(command),
        load: async () => ({ state: link.initial, sequence: logSequence }),
      });
      if (!event) continue;
      row.logSequence = event.sequence;
      said(row, transaction);
    }
  });
}

/** What is to be said of a row, in the order in which it happened. */
function unsaidOf(row: VaultRow, now: Date): readonly Unsaid[] {
  const { userId, provider, storeId, storedAt, relinkRequiredAt, removedAt } = row;
  const whose = { user_id: userId, provider };
  const unsaid: Unsaid[] = [];
  const say = (at: Date, event: SayOfLink['event'], said: Unsaid['said']) =>
    unsaid.push({ command: { storeId, at, event }, said });

  if (!row.announced) {
    const scopes = row.scopes ?? null;
    const times = { expires_at: row.storedUntil.toISOString(), stored_at: storedAt.toISOString() };
    say(storedAt, { type: 'tokens-stored', data: { ...whose, scopes, ...times } }, (said) => {
      said.announced = true;
    });
  }
  if (removedAt) {
    const data = { ...whose, removed_at: removedAt.toISOString() };
    say(removedAt, { type: 'tokens-removed', data }, (said, em) => {
      em.remove(said);
    });
  } else if (relinkRequiredAt) {
    if (row.relinkSaid) return unsaid;
    const data = { ...whose, required_at: relinkRequiredAt.toISOString() };
    say(relinkRequiredAt, { type: 'reauth-required', data }, (said) => {
      said.relinkSaid = true;
    });
  } else {
    const ends_at = authorizationEnd(storedAt).toISOString();
    const days = DUE_DAYS.findLast((ahead) => storedAt <= dueSince(now, ahead));
    if (days === undefined || days >= (row.dueSaid ?? Number.POSITIVE_INFINITY)) return unsaid;
    say(now, { type: 'reauth-due', data: { ...whose, ends_at, days_left: days } }, (said) => {
      said.dueSaid = days;
    });
  }
  return unsaid;
}
