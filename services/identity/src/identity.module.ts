import { Module } from '@nestjs/common';
import { encryptionKeysController } from '@undertone/platform/nest/encryption-keys.controller';
import { fieldEncryption, sealedUsers } from './users/field-encryption.provider.js';
import { PreferenceCommands } from './users/preferences.commands.js';
import { registrationHealing } from './users/registration-healing.js';
import { UserCommands } from './users/users.commands.js';
import { UserQueries } from './users/users.queries.js';

@Module({
  controllers: [UserCommands, PreferenceCommands, UserQueries, encryptionKeysController('identity')],
  providers: [sealedUsers, fieldEncryption, registrationHealing],
})
export class IdentityModule {}
