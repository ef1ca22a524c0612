import type { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import type { VaultRow } from './vault-entry.entity.js';

type RowKey = Pick<VaultRow, 'userId' | 'provider'>;
type TokenColumn = 'accessToken' | 'refreshToken';

// Storage format: a value decrypts under the very context it was encrypted with.
const COLUMNS = { accessToken: 'access_token', refreshToken: 'refresh_token' } as const;
const contextOf = ({ userId, provider }: RowKey, column: TokenColumn): string =>
  `token.vault_entry/${userId}/${provider}/${COLUMNS[column]}`;

/** Encrypts a token for one column of one row. */
export const sealToken = (
  encryption: FieldEncryption,
  key: RowKey,
  column: TokenColumn,
  token: string,
): string => encryption.encrypt(token, contextOf(key, column));

/** @throws {UndecryptableField} when it was written with another key, or for another row or column. */
export const openToken = (
  encryption: FieldEncryption,
  row: RowKey & Pick<VaultRow, TokenColumn>,
  column: TokenColumn,
): string => encryption.decrypt(row[column], contextOf(row, column));

/** A row's tokens under the newest key. @throws {UndecryptableField} */
export const resealTokens = (
  encryption: FieldEncryption,
  row: RowKey & Pick<VaultRow, TokenColumn>,
): Pick<VaultRow, TokenColumn> => ({
  accessToken: encryption.rewrap(row.accessToken, contextOf(row, 'accessToken')),
  refreshToken: encryption.rewrap(row.refreshToken, contextOf(row, 'refreshToken')),
});
