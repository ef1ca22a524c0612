import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { SealedRows, sealedTable } from '@undertone/platform/crypto/sealed-rows';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import { LinkedAccount, type LinkedAccountRow } from '../linked-accounts/linked-account.entity.js';
import { resealSubject } from '../linked-accounts/sealed-subject.js';
import type { IdentitySettings } from '../settings.js';
import { resealPerson } from '../users/personal-data.js';
import { User, type UserRow } from '../users/user.entity.js';

const tables = [
  sealedTable<UserRow>({ entity: User, id: 'id', userId: 'id', resealed: resealPerson }),
  sealedTable<LinkedAccountRow>({
    entity: LinkedAccount,
    id: 'id',
    userId: 'userId',
    resealed: resealSubject,
  }),
];

/**
 * This service's rows and their keys. A missing key stops the start: without it no known person would be found by
 * fingerprint, and everybody would be registered a second time.
 */
export const sealedPeople: FactoryProvider<SealedRows> = {
  provide: SealedRows,
  inject: [MikroORM, SETTINGS, LOGGER],
  useFactory: (orm: MikroORM, settings: IdentitySettings, log: Logger) =>
    SealedRows.open(orm, settings.FIELD_ENCRYPTION_KEY, { service: 'identity', tables, log }),
};

export const fieldEncryption: FactoryProvider<FieldEncryption> = {
  provide: FieldEncryption,
  inject: [SealedRows],
  useFactory: ({ encryption }: SealedRows) => encryption,
};
