import { anonymous, localOperator, type Principal } from '@undertone/contracts/access/principal';
import { registerUser } from '@undertone/contracts/identity/rpc';
import { createInvitation, refreshSession, signIn } from '@undertone/contracts/sign-in/rpc';
import type { Grant } from '@undertone/contracts/sign-in/session';
import { expect } from 'vitest';
import type { RunningIdentity } from './running-identity.js';

export const PASSWORD = 'copper lantern waltz 7';

/** Somebody who signed in. */
export const session = (user_id: string, more: Partial<Principal> = {}): Principal => ({
  who: { kind: 'user', user_id },
  roles: [],
  scopes: ['read', 'write'],
  authenticated_by: 'session',
  fresh_until: Math.floor(Date.now() / 1000) + 600,
  ...more,
});
/** Whoever runs the installation; an admin among people is somebody who joined as one. */
export const admin = localOperator;

/** A refusal with this code. */
export const code = (refusal: string) => expect.objectContaining({ code: refusal });

/** What people do who sign in at an identity service. */
export class People {
  private count = 0;
  constructor(private readonly identity: RunningIdentity) {}

  /** Registers somebody new by invitation. */
  async join(more: { admin?: boolean } = {}): Promise<{ user_id: string; email: string }> {
    this.count += 1;
    const email = `person.${this.count}@example.org`;
    const invited = await this.identity.ask(createInvitation, { admin: more.admin ?? false }, admin);
    const person = {
      display_name: `Person ${this.count}`,
      email,
      password: PASSWORD,
      invitation: invited.code,
    };
    const { user_id } = await this.identity.ask(registerUser, person, anonymous);
    return { user_id, email };
  }

  enter(email: string, password = PASSWORD, address = '192.0.2.1'): Promise<Grant> {
    return this.identity.ask(signIn, { email, password, device: 'laptop', address }, anonymous);
  }

  refresh(refresh_token: string): Promise<Grant> {
    return this.identity.ask(refreshSession, { refresh_token }, anonymous);
  }
}
