import { Controller } from '@nestjs/common';
import { ActionTaken } from '@undertone/contracts/audit/action-taken';
import { RequestsDenied } from '@undertone/contracts/audit/requests-denied';
import { consumers } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { writeRows } from '@undertone/platform/database/write-rows';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { AuditRecord, type AuditRow } from './audit-record.entity.js';

/** Keeps `audit_record`. An event that was written twice, because its first confirmation was lost for long, is one row. */
@Controller()
export class AuditTrailProjection {
  @Projects(consumers.auditTrail, { repeatable: true })
  async apply({ events, em }: ProjectionBatch): Promise<undefined> {
    await writeRows(em, AuditRecord, events.flatMap(rowOf), 'ignore');
    return undefined;
  }
}

function rowOf(event: RecordedEvent): AuditRow[] {
  const place = { id: event.id, sequence: event.sequence };
  const taken = ActionTaken.read(event);
  if (taken) {
    const {
      by,
      is_admin,
      at,
      subject = null,
      credential = null,
      status = null,
      code = null,
      ...rest
    } = taken;
    const who = { calledBy: by, isAdmin: is_admin, subject, credential };
    return [{ ...place, ...rest, ...who, status, code, denied: null, at: new Date(at) }];
  }
  const denied = RequestsDenied.read(event);
  if (!denied) return [];
  const { actor, by, since, origin = null, ...counted } = denied;
  return [
    {
      ...place,
      ...{ what: RequestsDenied.name, actor, calledBy: by, isAdmin: false, targets: {} },
      ...{ subject: null, credential: null, status: null, code: null },
      denied: { ...counted, origin },
      at: new Date(since),
    },
  ];
}
