import { defineEntity, p } from '@mikro-orm/core';
import type { Action } from './record-audit.js';

/** What was done and the log does not have yet: written in the transaction that does it. */
export const AuditDue = defineEntity({
  name: 'AuditDue',
  tableName: 'audit_due',
  properties: {
    /** Of the event that it becomes. */
    id: p.uuid().primary(),
    action: p.json<Action>(),
  },
});
