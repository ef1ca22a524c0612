import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { SealedRows, sealedTable } from '@undertone/platform/crypto/sealed-rows';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import type { TokenSettings } from '../settings.js';
import { moveOlderTokens } from './move-older-tokens.js';
import { PersonKey, type PersonKeyRow } from './person-key.entity.js';
import { rewrapKey } from './vault.js';

const personKeys = sealedTable<PersonKeyRow>({
  entity: PersonKey,
  id: 'userId',
  userId: 'userId',
  resealed: rewrapKey,
});

/**
 * The keys of the settings, and people's own keys, which stand under them. A missing key stops the start: it is better to have no token service than one that tells
 * everybody to sign in again.
 */
export const sealedVault: FactoryProvider<SealedRows> = {
  provide: SealedRows,
  inject: [MikroORM, SETTINGS, LOGGER],
  useFactory: async (orm: MikroORM, settings: TokenSettings, log: Logger) => {
    const keys = settings.FIELD_ENCRYPTION_KEY;
    const rows = await SealedRows.open(orm, keys, { service: 'token', tables: [personKeys], log });
    await moveOlderTokens(orm, rows.encryption, log);
    return rows;
  },
};

export const fieldEncryption: FactoryProvider<FieldEncryption> = {
  provide: FieldEncryption,
  inject: [SealedRows],
  useFactory: ({ encryption }: SealedRows) => encryption,
};
