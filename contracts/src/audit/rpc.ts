import { pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { auditQuery, auditRecord } from './audit.js';

export const listAudit = defineRpc({
  service: 'identity',
  question: 'list-audit',
  access: 'admin',
  input: auditQuery,
  output: pageSchema(auditRecord),
});
