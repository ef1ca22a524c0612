import { Controller, Inject } from '@nestjs/common';
import type { SigningKeys as Published } from '@undertone/contracts/sign-in/access-token';
import { listSigningKeys } from '@undertone/contracts/sign-in/rpc';
import { Answers } from '@undertone/platform/nest/answers';
import { SigningKeys } from './signing-keys.js';

@Controller()
export class SigningKeyQueries {
  constructor(@Inject(SigningKeys) private readonly keys: SigningKeys) {}

  @Answers(listSigningKeys)
  list(): Promise<Published> {
    return this.keys.published();
  }
}
