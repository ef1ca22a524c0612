import { Module } from '@nestjs/common';
import { tokenAggregate } from '@undertone/contracts/subjects';
import { encryptionKeysController } from '@undertone/platform/nest/encryption-keys.controller';
import { erasureController } from '@undertone/platform/nest/erasure.controller';
import { exportController } from '@undertone/platform/nest/export.controller';
import { ErasePersonCommands } from './erasure/erase-person.commands.js';
import { FreshTokens } from './links/fresh-tokens.js';
import { linkHealing } from './links/link-healing.js';
import { LinkCommands } from './links/links.commands.js';
import { LinkQueries } from './links/links.queries.js';
import { reauthWarnings } from './links/reauth-warnings.js';
import { RefreshTokenJob } from './links/refresh-token.job.js';
import { TokenUseQueries, TokenUses } from './links/token-uses.js';
import { exportParts } from './personal-export/export-parts.js';
import { spotifyAccounts } from './spotify-accounts/spotify-accounts.provider.js';
import { fieldEncryption, sealedVault } from './vault/field-encryption.provider.js';
import { Vault } from './vault/vault.js';

@Module({
  controllers: [
    ErasePersonCommands,
    erasureController('token', tokenAggregate),
    LinkCommands,
    LinkQueries,
    RefreshTokenJob,
    TokenUseQueries,
    encryptionKeysController('token'),
    exportController('token'),
  ],
  providers: [
    sealedVault,
    fieldEncryption,
    Vault,
    spotifyAccounts,
    FreshTokens,
    TokenUses,
    linkHealing,
    reauthWarnings,
    exportParts,
  ],
})
export class TokenModule {}
