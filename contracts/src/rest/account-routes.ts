import { z } from 'zod';
import { roles } from '../access/principal.js';
import { id } from '../id.js';
import { cursor, limit } from '../paging.js';
import { account, invitation, issuedCode, pendingCode } from '../sign-in/account.js';
import { defineRoute } from './route.js';

const tag = 'accounts';

/** Who may sign in, and as what. They work while sign-in is off, too, so that people are ready for it when it is turned on. */
export const accountRoutes = {
  listAccounts: defineRoute({
    id: 'listAccounts',
    method: 'GET',
    path: '/api/admin/users',
    tag,
    summary: 'List people and how they sign in',
    access: 'admin',
    isSecret: true,
    errors: [],
    input: z.strictObject({ limit, cursor }),
    from: 'query',
    success: { status: 200, body: z.array(account), description: 'A page, the newest first' },
  }),
  createInvitation: defineRoute({
    id: 'createInvitation',
    method: 'POST',
    path: '/api/admin/invitations',
    tag,
    summary: 'Invite somebody',
    description: 'Whoever has the code registers with it, once, within a week.',
    access: 'fresh_admin',
    audit: ['admin'],
    isSecret: true,
    errors: [],
    input: invitation,
    from: 'body',
    success: { status: 200, body: issuedCode, description: 'A code' },
  }),
  createPasswordCode: defineRoute({
    id: 'createPasswordCode',
    method: 'POST',
    path: '/api/admin/users/{user_id}/password-code',
    tag,
    summary: 'Let a person set a password',
    description:
      'Whoever has the code sets the account’s password with it, once, within a day. A code that was given before is good no more.',
    access: 'fresh_admin',
    isSecret: true,
    errors: ['USER_NOT_FOUND'],
    input: z.strictObject({ user_id: id }),
    from: 'body',
    success: { status: 200, body: issuedCode, description: 'A code' },
  }),
  listCodes: defineRoute({
    id: 'listCodes',
    method: 'GET',
    path: '/api/admin/codes',
    tag,
    summary: 'List the invitations and codes that are good',
    access: 'admin',
    isSecret: true,
    errors: [],
    input: z.strictObject({ limit, cursor }),
    from: 'query',
    success: { status: 200, body: z.array(pendingCode), description: 'A page, the newest first' },
  }),
  withdrawCode: defineRoute({
    id: 'withdrawCode',
    method: 'DELETE',
    path: '/api/admin/codes/{code_id}',
    tag,
    summary: 'Withdraw an invitation or code',
    access: 'admin',
    isSecret: true,
    errors: ['CODE_NOT_FOUND'],
    input: z.strictObject({ code_id: id }),
    from: 'query',
    success: { status: 200, body: pendingCode, description: 'It is good for nothing any more' },
  }),
  changeRoles: defineRoute({
    id: 'changeRoles',
    method: 'PUT',
    path: '/api/admin/users/{user_id}/roles',
    tag,
    summary: 'Change a person’s roles',
    description: 'Their sessions end, so that it holds at once. The last admin stays one.',
    access: 'fresh_admin',
    audit: ['roles'],
    isSecret: true,
    errors: ['USER_NOT_FOUND', 'LAST_ADMIN'],
    input: z.strictObject({ user_id: id, roles }),
    from: 'body',
    success: { status: 200, body: account, description: 'The account' },
  }),
} as const;
