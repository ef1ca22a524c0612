import type { DatabaseDefinition } from '@undertone/platform/database/open-database';
import { Migration001Vault } from './migrations/001-vault.js';
import { Migration002KeyIds } from './migrations/002-key-ids.js';
import { Migration003UnknownScopes } from './migrations/003-unknown-scopes.js';
import { Migration004PersonKeys } from './migrations/004-person-keys.js';
import { Migration005Connections } from './migrations/005-connections.js';
import { PersonKey } from './src/vault/person-key.entity.js';
import { TokenUse } from './src/vault/token-use.entity.js';
import { VaultEntry } from './src/vault/vault-entry.entity.js';

export const database: DatabaseDefinition = {
  schema: 'token',
  entities: [PersonKey, TokenUse, VaultEntry],
  migrations: [
    { name: '001-vault', class: Migration001Vault },
    { name: '002-key-ids', class: Migration002KeyIds },
    { name: '003-unknown-scopes', class: Migration003UnknownScopes },
    { name: '004-person-keys', class: Migration004PersonKeys },
    { name: '005-connections', class: Migration005Connections },
  ],
};
