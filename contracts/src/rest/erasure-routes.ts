import { z } from 'zod';
import { profileQuery } from '../identity/user.js';
import { cursor, limit } from '../paging.js';
import {
  begunErasure,
  erasedAgain,
  erasureByCode,
  erasureReceipt,
  listedErasure,
  pseudonymsToErase,
} from '../personal-data/erasure.js';
import { defineRoute } from './route.js';

const tag = 'personal-data';

/** Erasing a person, and what can be known of it afterwards. */
export const erasureRoutes = {
  eraseUser: defineRoute({
    id: 'eraseUser',
    method: 'DELETE',
    path: '/api/users/me',
    tag,
    summary: 'Erase yourself',
    description:
      'Ends every session and key at once, and then removes all that the installation has of you: rows, events, files, what is cached. It cannot be taken back. The last admin who can sign in makes somebody else one first, unless nobody else is left. Asked again while it runs, it gives the same task and another code.',
    access: { owner: 'user_id', by: 'fresh_session' },
    audit: [],
    isSecret: true,
    errors: ['USER_NOT_FOUND', 'LAST_ADMIN'],
    input: profileQuery,
    from: 'query',
    success: { status: 202, body: begunErasure, description: 'It has begun' },
  }),
  getErasure: defineRoute({
    id: 'getErasure',
    method: 'GET',
    path: '/api/erasures/{receipt_code}',
    tag,
    summary: 'Read the receipt of an erasure',
    description:
      'For whoever has the code. The receipt says what was removed where, and nothing of the person.',
    access: 'public',
    isSecret: true,
    errors: ['ERASURE_NOT_FOUND'],
    input: erasureByCode,
    from: 'query',
    success: { status: 200, body: erasureReceipt, description: 'How far it is, and what was removed' },
  }),
  listErasures: defineRoute({
    id: 'listErasures',
    method: 'GET',
    path: '/api/admin/erasures',
    tag,
    summary: 'List erasures by pseudonym',
    description:
      'Keep the list apart from the data: after an older backup was put back, it tells whom to erase again.',
    access: 'admin',
    errors: [],
    input: z.strictObject({ limit, cursor }),
    from: 'query',
    success: { status: 200, body: z.array(listedErasure), description: 'A page, the newest first' },
  }),
  eraseAgain: defineRoute({
    id: 'eraseAgain',
    method: 'POST',
    path: '/api/admin/erasures',
    tag,
    summary: 'Erase people again after an older backup was put back',
    description:
      'Compares the pseudonyms with those of everybody whom the database or the log knows. The last admin who can sign in is left out and refused while others are left; everybody else is erased.',
    access: 'fresh_admin',
    audit: ['dry_run', 'pseudonyms'],
    errors: ['LAST_ADMIN'],
    input: pseudonymsToErase,
    from: 'body',
    success: { status: 200, body: erasedAgain, description: 'Who is back, and the tasks that erase them' },
  }),
} as const;
