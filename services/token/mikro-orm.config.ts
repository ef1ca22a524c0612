import type { DatabaseDefinition } from '@undertone/platform/database/open-database';
import { Migration001Vault } from './migrations/001-vault.js';
import { VaultEntry } from './src/links/vault-entry.entity.js';

export const database: DatabaseDefinition = {
  schema: 'token',
  entities: [VaultEntry],
  migrations: [{ name: '001-vault', class: Migration001Vault }],
};
