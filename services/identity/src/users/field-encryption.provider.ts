import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { SealedRows, type SealedTable } from '@undertone/platform/crypto/sealed-rows';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import type { IdentitySettings } from '../settings.js';
import { resealPerson } from './personal-data.js';
import { User, type UserRow } from './user.entity.js';

const users: SealedTable<UserRow> = {
  service: 'identity',
  entity: User,
  userId: 'id',
  resealed: resealPerson,
};

/**
 * This service's rows and their keys. A missing key stops the start: without it no known person would be found by
 * fingerprint, and everybody would be registered a second time.
 */
export const sealedUsers: FactoryProvider<SealedRows> = {
  provide: SealedRows,
  inject: [MikroORM, SETTINGS, LOGGER],
  useFactory: (orm: MikroORM, settings: IdentitySettings, log: Logger) =>
    SealedRows.open(orm, settings.FIELD_ENCRYPTION_KEY, users, log),
};

export const fieldEncryption: FactoryProvider<FieldEncryption> = {
  provide: FieldEncryption,
  inject: [SealedRows],
  useFactory: ({ encryption }: SealedRows) => encryption,
};
