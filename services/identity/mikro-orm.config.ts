import type { DatabaseDefinition } from '@undertone/platform/database/open-database';
import { Migration001Users } from './migrations/001-users.js';
import { Migration002TimeZone } from './migrations/002-time-zone.js';
import { Migration003KeyIds } from './migrations/003-key-ids.js';
import { Migration004OptionalEmail } from './migrations/004-optional-email.js';
import { Migration005Preferences } from './migrations/005-preferences.js';
import { User } from './src/users/user.entity.js';

export const database: DatabaseDefinition = {
  schema: 'identity',
  entities: [User],
  migrations: [
    { name: '001-users', class: Migration001Users },
    { name: '002-time-zone', class: Migration002TimeZone },
    { name: '003-key-ids', class: Migration003KeyIds },
    { name: '004-optional-email', class: Migration004OptionalEmail },
    { name: '005-preferences', class: Migration005Preferences },
  ],
};
