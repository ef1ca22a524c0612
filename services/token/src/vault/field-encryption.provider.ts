import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { SealedRows, sealedTable } from '@undertone/platform/crypto/sealed-rows';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import type { TokenSettings } from '../settings.js';
import { resealTokens } from './sealed-tokens.js';
import { VaultEntry, type VaultRow } from './vault-entry.entity.js';

const vault = sealedTable<VaultRow>({
  entity: VaultEntry,
  id: 'userId',
  userId: 'userId',
  resealed: resealTokens,
});

/**
 * The vault and its keys. A missing key stops the start: it is better to have no token service than one that tells
 * everybody to sign in again.
 */
export const sealedVault: FactoryProvider<SealedRows> = {
  provide: SealedRows,
  inject: [MikroORM, SETTINGS, LOGGER],
  useFactory: (orm: MikroORM, settings: TokenSettings, log: Logger) =>
    SealedRows.open(orm, settings.FIELD_ENCRYPTION_KEY, { service: 'token', tables: [vault], log }),
};

export const fieldEncryption: FactoryProvider<FieldEncryption> = {
  provide: FieldEncryption,
  inject: [SealedRows],
  useFactory: ({ encryption }: SealedRows) => encryption,
};
