import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { ObjectReference } from '@undertone/contracts/object-reference';

/** An export of all that a person has here. Its id is its task's. */
export const PersonalExport = defineEntity({
  name: 'PersonalExport',
  tableName: 'personal_export',
  indexes: [{ properties: ['userId', 'requestedAt'] }],
  uniques: [{ name: 'personal_export_under_way', properties: ['userId'], where: 'ended_at is null' }],
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    requestedAt: p.datetime(),
    /** Null: it is under way. */
    endedAt: p.datetime().nullable(),
    /** Why there is no archive. */
    problem: p.text().nullable(),
    /** When reading began. */
    asOf: p.datetime().nullable(),
    /** Null: there is none yet, or no more. */
    archive: p.json<ObjectReference>().nullable(),
    /** SHA-256 of what its link has (`export-links.ts`). */
    linkHash: p.string().length(43).unique().nullable(),
    /** When the archive and its link end. */
    expiresAt: p.datetime().nullable(),
  },
});
export type PersonalExportRow = InferEntity<typeof PersonalExport>;
