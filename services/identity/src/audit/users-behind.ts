import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { User } from '../users/user.entity.js';

const BATCH = 1_000;

/** Whose the pseudonyms are, of people who are here. */
export async function usersBehind(
  em: EntityManager,
  pseudonyms: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  if (pseudonyms.size === 0) return new Map();
  await nameAll(em);
  const rows = await em.find(
    User,
    { pseudonym: { $in: [...pseudonyms] } },
    { fields: ['pseudonym'], disableIdentityMap: true },
  );
  return new Map(rows.map(({ id, pseudonym }) => [pseudonym ?? '', id]));
}

/** Gives those people their pseudonym who have none yet: they came since the audit was read last. */
async function nameAll(em: EntityManager): Promise<void> {
  while ((await em.transactional(nameSome)) > 0);
}

/** @returns how many. Rows are locked in one order, since others may read the audit at the same moment. */
async function nameSome(em: EntityManager): Promise<number> {
  const rows = await em.find(
    User,
    { pseudonym: null },
    {
      ...{ fields: ['id'], orderBy: { id: 'asc' }, limit: BATCH, disableIdentityMap: true },
      lockMode: LockMode.PESSIMISTIC_WRITE,
    },
  );
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await em.execute(
    `update registered_user as person set pseudonym = named.pseudonym
       from unnest(?::uuid[], ?::uuid[]) as named (id, pseudonym) where person.id = named.id`,
    [`{${ids.join(',')}}`, `{${ids.map(pseudonymOf).join(',')}}`],
  );
  return ids.length;
}
