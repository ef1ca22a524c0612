import { Module } from '@nestjs/common';
import { fieldEncryption } from './links/field-encryption.provider.js';
import { FreshTokens } from './links/fresh-tokens.js';
import { linkHealing } from './links/link-healing.js';
import { LinkCommands } from './links/links.commands.js';
import { LinkQueries } from './links/links.queries.js';
import { spotifyAccounts } from './links/spotify-accounts.provider.js';

@Module({
  controllers: [LinkCommands, LinkQueries],
  providers: [fieldEncryption, spotifyAccounts, FreshTokens, linkHealing],
})
export class TokenModule {}
