import type { DatabaseDefinition } from '@undertone/platform/database/open-database';
import { ProjectionCheckpoint } from '@undertone/platform/projections/projection-checkpoint.entity';
import { Migration001Users } from './migrations/001-users.js';
import { Migration002TimeZone } from './migrations/002-time-zone.js';
import { Migration003KeyIds } from './migrations/003-key-ids.js';
import { Migration004OptionalEmail } from './migrations/004-optional-email.js';
import { Migration005Preferences } from './migrations/005-preferences.js';
import { Migration006SignIn } from './migrations/006-sign-in.js';
import { Migration007LinkedAccounts } from './migrations/007-linked-accounts.js';
import { Migration008Handles } from './migrations/008-handles.js';
import { Migration009Passkeys } from './migrations/009-passkeys.js';
import { Migration010Issuers } from './migrations/010-issuers.js';
import { Migration011WhatBeganSessions } from './migrations/011-what-began-sessions.js';
import { Migration012LostRefreshes } from './migrations/012-lost-refreshes.js';
import { Migration013Audit } from './migrations/013-audit.js';
import { Migration014Erasures } from './migrations/014-erasures.js';
import { Migration015PersonalExports } from './migrations/015-personal-exports.js';
import { Migration016ErasuresUnderWay } from './migrations/016-erasures-under-way.js';
import { Migration017RewrittenFiles } from './migrations/017-rewritten-files.js';
import { ApiKey } from './src/api-keys/api-key.entity.js';
import { AuditDue } from './src/audit/audit-due.entity.js';
import { AuditRecord } from './src/audit/audit-record.entity.js';
import { OneTimeCode } from './src/codes/one-time-code.entity.js';
import { Erasure } from './src/erasure/erasure.entity.js';
import { PersonalExport } from './src/exports/personal-export.entity.js';
import { LinkedAccount } from './src/linked-accounts/linked-account.entity.js';
import { Passkey, PasskeyChallenge } from './src/passkeys/passkey.entity.js';
import { ProviderSignIn } from './src/provider-sign-in/provider-sign-in.entity.js';
import { Session } from './src/sessions/session.entity.js';
import { FailedTry } from './src/sign-in/failed-try.entity.js';
import { SigningKey } from './src/signing-keys/signing-key.entity.js';
import { User } from './src/users/user.entity.js';

export const database: DatabaseDefinition = {
  schema: 'identity',
  entities: [
    User,
    Session,
    ApiKey,
    SigningKey,
    OneTimeCode,
    Passkey,
    PasskeyChallenge,
    FailedTry,
    LinkedAccount,
    ProviderSignIn,
    Erasure,
    AuditRecord,
    AuditDue,
    ProjectionCheckpoint,
    PersonalExport,
  ],
  migrations: [
    { name: '001-users', class: Migration001Users },
    { name: '002-time-zone', class: Migration002TimeZone },
    { name: '003-key-ids', class: Migration003KeyIds },
    { name: '004-optional-email', class: Migration004OptionalEmail },
    { name: '005-preferences', class: Migration005Preferences },
    { name: '006-sign-in', class: Migration006SignIn },
    { name: '007-linked-accounts', class: Migration007LinkedAccounts },
    { name: '008-handles', class: Migration008Handles },
    { name: '009-passkeys', class: Migration009Passkeys },
    { name: '010-issuers', class: Migration010Issuers },
    { name: '011-what-began-sessions', class: Migration011WhatBeganSessions },
    { name: '012-lost-refreshes', class: Migration012LostRefreshes },
    { name: '013-audit', class: Migration013Audit },
    { name: '014-erasures', class: Migration014Erasures },
    { name: '015-personal-exports', class: Migration015PersonalExports },
    { name: '016-erasures-under-way', class: Migration016ErasuresUnderWay },
    { name: '017-rewritten-files', class: Migration017RewrittenFiles },
  ],
};
