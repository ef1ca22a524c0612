import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { tokenAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { VaultEntry, type VaultRow } from '../vault/vault-entry.entity.js';
import { link, linkEnvelope } from './link.js';

/**
 * Appends `TokensStored` for a row that was written, unless an earlier try did, and notes so in the row. The row is
 * locked meanwhile, so that stores of one person are in the log in the order in which the vault took them; tokens
 * that were replaced before they were announced never are.
 * @throws {LogUnavailable} the row stays unannounced, for the next try.
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
    if (!row || row.announced) return;
    const { storeId, scopes, storedAt, storedUntil, logSequence } = row;
    const command = {
      userId,
      provider,
      storeId,
      scopes: scopes ?? null,
      storedAt,
      expiresAt: storedUntil,
    };
    const { event } = await decideAndAppend(store, link, {
      aggregate: tokenAggregate(userId),
      command,
      envelope: linkEnvelope(command),
      load: async () => ({ state: link.initial, sequence: logSequence }),
    });
    if (!event) return;
    row.announced = true;
    row.logSequence = event.sequence;
  });
}
