import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { tables } from '@undertone/contracts/personal-data/stores';
import { userAggregate } from '@undertone/contracts/subjects';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { EXPORT_PARTS } from '@undertone/platform/nest/export.controller';
import { eventPart } from '@undertone/platform/personal-data/event-part';
import { type ExportPart, filePart, jsonArray } from '@undertone/platform/personal-data/export-part';
import { tableParts } from '@undertone/platform/personal-data/table-parts';
import { LinkedAccount } from '../linked-accounts/linked-account.entity.js';
import { openSubject } from '../linked-accounts/sealed-subject.js';
import { openPerson } from '../users/personal-data.js';
import { profileOf, unknownUser } from '../users/profile.js';
import { rolesOf } from '../users/roles.js';
import { User } from '../users/user.entity.js';

/** What is encrypted in them is opened for whom it is of. */
const except = ['registered_user', 'linked_account'];

/** What identity has for a person's export. */
export const exportParts: FactoryProvider<readonly ExportPart[]> = {
  provide: EXPORT_PARTS,
  inject: [MikroORM, EventStore, FieldEncryption],
  useFactory: (orm: MikroORM, store: EventStore, encryption: FieldEncryption) => [
    profilePart(orm, encryption),
    linkedAccountsPart(orm, encryption),
    ...tableParts(orm, tables.identity, { except }),
    eventPart(store, 'events/identity.jsonl', userAggregate),
  ],
};

const profilePart = (orm: MikroORM, encryption: FieldEncryption): ExportPart => ({
  name: 'profile.json',
  page: async (userId) => {
    const row = await orm.em.fork().findOne(User, { id: userId });
    if (!row) throw unknownUser();
    const { email, signInEmail } = openPerson(encryption, row);
    const profile = {
      ...profileOf(encryption, row),
      email: email ?? null,
      sign_in_email: signInEmail ?? null,
      has_password: row.passwordHash != null,
      roles: rolesOf(row),
      updated_at: row.updatedAt.toISOString(),
    };
    return {
      pieces: [{ file: 'profile.json', text: `${JSON.stringify(profile, null, 2)}\n` }],
      next: undefined,
    };
  },
});

const linkedAccountsPart = (orm: MikroORM, encryption: FieldEncryption): ExportPart =>
  filePart('linked-accounts.json', jsonArray, async (userId, after, limit) => {
    const rows = await orm.em
      .fork()
      .find(
        LinkedAccount,
        { userId, ...(after !== undefined && { id: { $gt: after } }) },
        { orderBy: { id: 'asc' }, limit },
      );
    return rows.map((row) => ({
      text: JSON.stringify({
        id: row.id,
        provider: row.provider,
        issuer: row.issuer,
        subject: openSubject(encryption, row),
        linked_at: row.linkedAt.toISOString(),
      }),
      key: row.id,
    }));
  });
