import { ActionTaken } from '@undertone/contracts/audit/action-taken';
import type { Targets } from '@undertone/contracts/audit/audit';
import { nobody } from '@undertone/contracts/id';
import type { DecidedMany, DecidedUntilCancelled } from '@undertone/contracts/jobs/decide-many';
import { jobs } from '@undertone/contracts/jobs/registry';
import { auditAggregate } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId } from '@undertone/platform/ids/ids';

/** Who asked for a job that decides about many, and what they meant. */
export interface AskedBy {
  readonly jobId: string;
  readonly payload: {
    readonly asked_by?: string | undefined;
    readonly filter: object;
  };
}

/** Words of closed lists, and an id: nothing that somebody typed, and nobody's name. */
const SHOWN = ['status', 'queue', 'lane', 'parent', 'from', 'until'];

/** Puts into the audit what came of it; that it was asked for is there by the request. Said again, it is the same event. */
export async function auditDecided(
  store: EventStore,
  { jobId, payload: { asked_by: actor = nobody, filter } }: AskedBy,
  what: string,
  outcome: DecidedMany | DecidedUntilCancelled,
): Promise<void> {
  const isKnown = (word: string, value: unknown) =>
    word === 'type' && jobs.some(({ type }) => type === value);
  const shown = Object.entries(filter).filter(
    ([word, value]) => SHOWN.includes(word) || isKnown(word, value),
  );
  const counts = Object.entries(outcome).flatMap(([name, value]) =>
    name === 'refused'
      ? [[name, Object.values(value as DecidedMany['refused']).reduce((sum, count) => sum + count, 0)]]
      : typeof value === 'number'
        ? [[name, value]]
        : [],
  );
  const targets = Object.fromEntries([['task_id', jobId], ...shown, ...counts]) as Targets;
  const at = new Date();
  await store.append(auditAggregate(actor), {
    definition: ActionTaken,
    id: derivedId(jobId, 'what came of it, for the audit'),
    source: 'scheduler',
    time: at,
    correlationId: jobId,
    data: { what, actor, by: 'service', is_admin: true, targets, at: at.toISOString() },
  });
}
