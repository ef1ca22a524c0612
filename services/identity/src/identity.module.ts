import { Module } from '@nestjs/common';
import { fieldEncryption } from './users/field-encryption.provider.js';
import { registrationHealing } from './users/registration-healing.js';
import { UserCommands } from './users/users.commands.js';
import { UserQueries } from './users/users.queries.js';

@Module({
  controllers: [UserCommands, UserQueries],
  providers: [fieldEncryption, registrationHealing],
})
export class IdentityModule {}
