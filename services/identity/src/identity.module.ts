import { Module } from '@nestjs/common';
import { encryptionKeysController } from '@undertone/platform/nest/encryption-keys.controller';
import { AccountCommands } from './accounts/account.commands.js';
import { ApiKeyCommands } from './api-keys/api-key.commands.js';
import { AuditQueries } from './audit/audit.queries.js';
import { AuditTrailProjection } from './audit/audit-trail.projection.js';
import { ForgetAudit } from './audit/forget-audit.js';
import { auditHealing } from './audit/record-audit.js';
import { CodeCommands } from './codes/code.commands.js';
import { ErasePersonJob } from './erasure/erase-person.job.js';
import { ErasureCommands } from './erasure/erasure.commands.js';
import { erasureHealing } from './erasure/erasure-healing.js';
import { Erasures } from './erasure/erasures.js';
import { RewrittenFiles } from './erasure/rewritten-files.js';
import { ExpiredExports } from './exports/expired-exports.js';
import { exportParts } from './exports/export-parts.js';
import { ExportPersonJob } from './exports/export-person.job.js';
import { ExportCommands } from './exports/exports.commands.js';
import { ExportQueries } from './exports/exports.queries.js';
import { LinkedAccountCommands } from './linked-accounts/linked-account.commands.js';
import { LinkedAccounts } from './linked-accounts/linked-accounts.js';
import { Mailer } from './mail/mailer.js';
import { PasskeyCommands } from './passkeys/passkey.commands.js';
import { Attempts } from './provider-sign-in/attempts.js';
import { ProviderSignInCommands } from './provider-sign-in/provider-sign-in.commands.js';
import { providers } from './providers/providers.js';
import { tokenOwners } from './providers/token-owners.js';
import { Accounts } from './registration/accounts.js';
import { RegistrationCommands } from './registration/registration.commands.js';
import { fieldEncryption, sealedPeople } from './sealed-rows/field-encryption.provider.js';
import { reuseHealing } from './sessions/record-reuse.js';
import { Revocations } from './sessions/revocations.js';
import { SessionCommands } from './sessions/session.commands.js';
import { Sessions } from './sessions/sessions.js';
import { SignInCommands } from './sign-in/sign-in.commands.js';
import { Throttle } from './sign-in/throttle.js';
import { AccessTokens } from './signing-keys/access-tokens.js';
import { SigningKeys } from './signing-keys/signing-keys.js';
import { SigningKeyQueries } from './signing-keys/signing-keys.queries.js';
import { TokenRegistrationCommands } from './token-registration/register-by-token.commands.js';
import { PreferenceCommands } from './users/preferences.commands.js';
import { registrationHealing } from './users/registration-healing.js';
import { UserQueries } from './users/users.queries.js';
import { WaysInQueries } from './ways-in/ways-in.queries.js';

@Module({
  controllers: [
    RegistrationCommands,
    TokenRegistrationCommands,
    PreferenceCommands,
    UserQueries,
    WaysInQueries,
    SignInCommands,
    ProviderSignInCommands,
    LinkedAccountCommands,
    SessionCommands,
    ApiKeyCommands,
    PasskeyCommands,
    SigningKeyQueries,
    AccountCommands,
    CodeCommands,
    ErasureCommands,
    ErasePersonJob,
    ExportCommands,
    ExportQueries,
    ExportPersonJob,
    AuditTrailProjection,
    AuditQueries,
    encryptionKeysController('identity'),
  ],
  providers: [
    sealedPeople,
    fieldEncryption,
    registrationHealing,
    reuseHealing,
    auditHealing,
    ForgetAudit,
    Throttle,
    Mailer,
    Accounts,
    providers,
    tokenOwners,
    Attempts,
    LinkedAccounts,
    SigningKeys,
    AccessTokens,
    Revocations,
    Sessions,
    Erasures,
    erasureHealing,
    RewrittenFiles,
    exportParts,
    ExpiredExports,
  ],
})
export class IdentityModule {}
