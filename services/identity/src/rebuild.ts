import { consumers } from '@undertone/contracts/consumers';
import { type RebuildDefinition, runRebuild } from '@undertone/platform/projections/rebuild-command';
import { database } from '../mikro-orm.config.js';
import { AuditRecord } from './audit/audit-record.entity.js';

/** AUDIT keeps as long as its setting says: what is older is not built again. */
export const rebuildable: RebuildDefinition = {
  service: 'identity',
  database,
  projections: {
    'audit-trail': { consumer: consumers.auditTrail, tables: [AuditRecord] },
  },
};

if (import.meta.main) await runRebuild(rebuildable);
