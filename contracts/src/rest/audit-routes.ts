import { z } from 'zod';
import { auditQuery, auditRecord } from '../audit/audit.js';
import { defineRoute } from './route.js';

/** Who did what, for whoever has to find out afterwards. */
export const auditRoutes = {
  listAudit: defineRoute({
    id: 'listAudit',
    method: 'GET',
    path: '/api/admin/audit',
    tag: 'audit',
    summary: 'Read who did what, newest first',
    description:
      'Every use of an admin’s route, every change of who may do what, and what was denied, for as long as `AUDIT_RETENTION_DAYS` says. People stand in it by pseudonyms: an `actor` or `subject` is asked for by the pseudonym or by the id of a user, also of one whose data were erased.',
    access: 'admin',
    isSecret: true,
    errors: [],
    input: auditQuery,
    from: 'query',
    success: { status: 200, body: z.array(auditRecord), description: 'A page; the next one is in `Link`' },
  }),
} as const;
