import type { Principal } from '@undertone/contracts/access/principal';
import {
  addPasskey,
  listPasskeys,
  removePasskey,
  signInByPasskey,
  startPasskey,
  startPasskeySignIn,
} from '@undertone/contracts/sign-in/passkey-rpc';
import {
  finishProviderSignIn,
  listLinks,
  removeLink,
  startLink,
  startProviderSignIn,
} from '@undertone/contracts/sign-in/provider-rpc';
import {
  changePassword,
  changeRoles,
  createApiKey,
  createInvitation,
  createPasswordCode,
  endAllSessions,
  endSession,
  listAccounts,
  listApiKeys,
  listCodes,
  listSessions,
  listSigningKeys,
  mailPasswordCode,
  refreshSession,
  revokeApiKey,
  setPassword,
  signIn,
  withdrawCode,
} from '@undertone/contracts/sign-in/rpc';
import { listWaysIn } from '@undertone/contracts/sign-in/ways-in';
import { newId } from '@undertone/platform/ids/ids';
import type { ServicesBehind } from './services-behind.js';

const AT = '2026-11-30T10:00:00Z';

/** Somebody who signed in. */
export const signedInAs = (user_id: string, more: Partial<Principal> = {}): Principal => ({
  who: { kind: 'user', user_id },
  roles: [],
  scopes: ['read', 'write'],
  authenticated_by: 'session',
  fresh_until: Math.floor(Date.now() / 1000) + 600,
  ...more,
});

/** Answers every question of signing in, and of accounts, as a healthy identity would. */
export async function answerSignIn(behind: ServicesBehind, user_id: string): Promise<void> {
  const session_id = newId();
  const grant = {
    user_id,
    session_id,
    access_token: 'an.access.token',
    refresh_token: `${session_id}.a-refresh-token`,
    expires_in: 900,
    refresh_expires_in: 2_592_000,
  };
  const session = {
    session_id,
    device: 'laptop',
    created_at: AT,
    last_used_at: AT,
    expires_at: AT,
    current: true,
  };
  const key = {
    key_id: newId(),
    name: 'home',
    scopes: ['read' as const],
    created_at: AT,
    expires_at: null,
    last_used_at: null,
  };
  const account = {
    user_id,
    display_name: 'Ada',
    roles: ['admin' as const],
    signs_in_by: ['password' as const],
    created_at: AT,
  };
  const ended = { ended: 1 };
  const issued = { code: 'a-code', expires_at: AT };
  await behind.answer(listWaysIn, () => ({
    registration: 'invitation' as const,
    forgotten_password: 'admin' as const,
    providers: [{ id: 'home', name: 'Home', login_path: '/api/auth/oidc/home/login' }],
  }));
  await behind.answer(signIn, () => grant);
  await behind.answer(refreshSession, () => grant);
  await behind.answer(listSessions, () => ({ sessions: [session] }));
  await behind.answer(endSession, () => ended);
  await behind.answer(endAllSessions, () => ended);
  await behind.answer(changePassword, () => ended);
  await behind.answer(mailPasswordCode, () => ({}));
  await behind.answer(setPassword, () => ({ user_id }));
  await behind.answer(createApiKey, () => ({ ...key, key: 'utk_a-key' }));
  await behind.answer(listApiKeys, () => ({ keys: [key] }));
  await behind.answer(revokeApiKey, () => ended);
  const begun = { url: 'https://id.example.org/authorize?client_id=undertone', attempt: 'A'.repeat(43) };
  const link = { link_id: newId(), provider: 'home', linked_at: AT };
  await behind.answer(startProviderSignIn, () => begun);
  await behind.answer(finishProviderSignIn, () => ({ grant, return_to: '/insights?week=48' }));
  await behind.answer(startLink, () => begun);
  await behind.answer(listLinks, () => ({ links: [link] }));
  await behind.answer(removeLink, () => link);
  const passkey = { passkey_id: newId(), name: 'phone', created_at: AT, last_used_at: null };
  const options = { challenge: 'a-challenge' };
  await behind.answer(startPasskey, () => options);
  await behind.answer(addPasskey, () => passkey);
  await behind.answer(listPasskeys, () => ({ passkeys: [passkey] }));
  await behind.answer(removePasskey, () => passkey);
  await behind.answer(startPasskeySignIn, () => options);
  await behind.answer(signInByPasskey, () => grant);
  await behind.answer(listSigningKeys, () => ({ keys: [] }));
  await behind.answer(listAccounts, ({ cursor }) => ({
    items: [account],
    next: cursor ? null : 'of-the-next-page',
  }));
  await behind.answer(createInvitation, () => issued);
  await behind.answer(createPasswordCode, () => issued);
  const pending = {
    code_id: newId(),
    is_for: 'invitation' as const,
    user_id: null,
    admin: false,
    issued_by: user_id,
    by_mail: false,
    expires_at: AT,
  };
  await behind.answer(listCodes, ({ cursor }) => ({
    items: [pending],
    next: cursor ? null : 'of-the-next-page',
  }));
  await behind.answer(withdrawCode, () => pending);
  await behind.answer(changeRoles, () => account);
}
