import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { CalledBy, Denials, Targets } from '@undertone/contracts/audit/audit';

/** Of `requests-denied`. */
export interface Denied {
  readonly origin: string | null;
  readonly callers: number;
  readonly until: string;
  readonly denials: Denials;
}

/** Read model: the audit, with pseudonyms in the place of people. Dropped by its age, as the log's events are. */
export const AuditRecord = defineEntity({
  name: 'AuditRecord',
  tableName: 'audit_record',
  indexes: [
    { properties: ['sequence'] },
    { properties: ['actor', 'sequence'] },
    { properties: ['subject', 'sequence'] },
    { properties: ['what', 'sequence'] },
    { properties: ['at'] },
  ],
  properties: {
    /** Of its event. */
    id: p.uuid().primary(),
    sequence: p.bigint('number'),
    what: p.string().length(100),
    actor: p.uuid(),
    subject: p.uuid().nullable(),
    calledBy: p.string().length(16).$type<CalledBy>(),
    isAdmin: p.boolean(),
    credential: p.uuid().nullable(),
    targets: p.json<Targets>(),
    status: p.integer().nullable(),
    code: p.string().length(100).nullable(),
    denied: p.json<Denied>().nullable(),
    at: p.datetime(),
  },
});
export type AuditRow = InferEntity<typeof AuditRecord>;
