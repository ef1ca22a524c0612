import type { EntityManager, InferEntity } from '@mikro-orm/postgresql';
import { Controller } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import {
  JobFailed,
  JobRequested,
  JobRetrying,
  JobRevoked,
  JobStarted,
  JobSucceeded,
} from '@undertone/contracts/jobs/job';
import { parseJobSubject } from '@undertone/contracts/subjects';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { ReplayItem } from './replay-item.entity.js';
import { addToTotals } from './replay-total.js';

type Row = InferEntity<typeof ReplayItem>;

/** Keeps `replay_item` from the jobs that replays asked for; other bulk jobs pass by. */
@Controller()
export class ReplayItemsProjection {
  @Projects(consumers.replayItems, { repeatable: true })
  async apply({ events, em }: ProjectionBatch): Promise<undefined> {
    const rows = await this.known(events, em);
    const before = newestBySnapshot(rows.values());
    for (const event of events) {
      const { jobId } = parseJobSubject(event.subject);
      const row = requested(event, rows) ?? evolved(rows.get(jobId), event);
      if (row) rows.set(jobId, { ...row, sequence: event.sequence });
    }
    const after = newestBySnapshot(rows.values());
    if (after.size === 0) return undefined;
    await em.upsertMany(ReplayItem, [...after.values()]);
    await addToTotals(em, [...before.values()], [...after.values()]);
    return undefined;
  }

  private async known(events: readonly RecordedEvent[], em: EntityManager): Promise<Map<string, Row>> {
    const jobIds = new Set(events.map((event) => parseJobSubject(event.subject).jobId));
    const again = events.flatMap((event) => {
      const order = orderOf(event);
      return order ? [{ replayId: order.replayId, snapshotId: order.snapshotId }] : [];
    });
    const found = await em.find(
      ReplayItem,
      { $or: [{ jobId: { $in: [...jobIds] } }, ...again] },
      { disableIdentityMap: true },
    );
    return new Map(found.map((row) => [row.jobId, { ...row }]));
  }
}

/** A later request for a snapshot takes the place of the one before: of another round, or of a dead letter that was retried. */
function newestBySnapshot(rows: Iterable<Row>): Map<string, Row> {
  const newest = new Map<string, Row>();
  for (const row of rows) {
    const key = `${row.replayId} ${row.snapshotId}`;
    const other = newest.get(key);
    if (!other || other.round <= row.round) newest.set(key, row);
  }
  return newest;
}

/** The part of a request that says which replay asked, and for what. */
function orderOf(event: RecordedEvent) {
  const request = JobRequested.read(event);
  if (!request || request.job_type !== generateInsight.type) return undefined;
  const payload = generateInsight.payload.safeParse(request.payload);
  if (!payload.success || !payload.data.replay) return undefined;
  const { replay, snapshot_id: snapshotId, user_id: userId } = payload.data;
  return { jobId: request.job_id, replayId: replay.id, round: replay.round, snapshotId, userId };
}

/** Without the sequence, which is the event's. A row that has later events is not changed by one that is read again. */
type Changed = Omit<Row, 'sequence'>;

function requested(event: RecordedEvent, rows: ReadonlyMap<string, Row>): Changed | undefined {
  const order = orderOf(event);
  if (!order) return undefined;
  const before = [...rows.values()].findLast(
    (row) => row.replayId === order.replayId && row.snapshotId === order.snapshotId,
  );
  if (before && event.sequence <= before.sequence) return undefined;
  return {
    ...order,
    status: 'requested',
    // A row of a release that kept no sequences has tries of events that are read again.
    attempts: before && before.sequence > 0 ? before.attempts : 0,
    problem: null,
    holdUntil: null,
    requestedAt: new Date(event.time),
    endedAt: null,
  };
}

function evolved(row: Row | undefined, event: RecordedEvent): Changed | undefined {
  if (!row || event.sequence <= row.sequence) return undefined;
  const ended = (status: Row['status'], problem: Row['problem']): Changed => ({
    ...row,
    status,
    problem,
    holdUntil: null,
    endedAt: new Date(event.time),
  });
  if (JobStarted.read(event)) return { ...row, attempts: row.attempts + 1 };
  const retrying = JobRetrying.read(event);
  if (retrying) {
    const { problem, delay_ms: delayMs, resume_at: resumeAt } = retrying;
    const holdUntil = new Date(Date.parse(event.time) + delayMs);
    const attempts = row.attempts - (resumeAt === undefined ? 0 : 1);
    return { ...row, attempts, problem, holdUntil };
  }
  if (JobSucceeded.read(event)) return ended('written', null);
  const failed = JobFailed.read(event);
  if (failed) return ended('failed', failed.problem);
  const revoked = JobRevoked.read(event);
  if (revoked) return ended('failed', { code: 'REVOKED', message: revoked.reason });
  return undefined;
}
