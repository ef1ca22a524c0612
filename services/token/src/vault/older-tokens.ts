import type { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import type { VaultRow } from './vault-entry.entity.js';

type TokenColumn = 'accessToken' | 'refreshToken';

const COLUMNS = { accessToken: 'access_token', refreshToken: 'refresh_token' } as const;

/** Whether a release wrote it in which people had no keys of their own yet (`v1.` and `v2.`, ADR 14). */
export const isOlder = (stored: string): boolean => !stored.startsWith('v3.');

/** @throws {UndecryptableField} when it was written with another key, or for another row or column. */
export const openOlder = (
  encryption: FieldEncryption,
  row: Pick<VaultRow, 'userId' | 'provider' | TokenColumn>,
  column: TokenColumn,
): string =>
  encryption.decrypt(row[column], `token.vault_entry/${row.userId}/${row.provider}/${COLUMNS[column]}`);
