import type { RecordedEvent } from '@undertone/contracts/event';
import { userExists } from '@undertone/contracts/identity/rpc';
import type { InsightType, ToneMode } from '@undertone/contracts/insight/insight';
import { InsightGenerated } from '@undertone/contracts/insight/insight-generated';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { JobFailed, JobSucceeded } from '@undertone/contracts/jobs/job';
import type { Lane } from '@undertone/contracts/jobs/queues';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import { getSnapshot, listSnapshots } from '@undertone/contracts/listening/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { listTrends, type Trend } from '@undertone/contracts/listening/trends';
import { insightAggregate } from '@undertone/contracts/subjects';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { answer } from '@undertone/platform/test-kit/answer';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { jobEnded } from '@undertone/platform/test-kit/jobs';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import type { z } from 'zod';
import { startInsight } from '../src/start-insight.js';

/** The insight service on real servers, with an ingestion service that has the snapshots it is given. */
export type Harness = ServiceUnderTest<RunningService> & InsightOrders;

interface InsightOrders {
  /** Weeks of a person's plays, newest first; none unless a test puts some here. */
  readonly weeks: Map<string, Trend[]>;
  /** Makes a snapshot known and gives its id. */
  keep(snapshot: Snapshot): string;
  generate(
    snapshotId: string,
    userId: string,
    tone?: ToneMode,
    type?: InsightType,
    more?: { allow_names?: boolean | undefined },
  ): Promise<OwnedTask>;
  /** The insights of a person in the log; a failure is an event too, and no insight. */
  written(userId: string): Promise<RecordedEvent[]>;
  /** Asks for many at once and gives what their jobs ended with, in the order of the question; nothing for a failure. */
  generateAll(orders: readonly Order[]): Promise<Partial<Written>[]>;
}

/** A job to ask for; scheduled unless it says otherwise. */
export interface Order {
  readonly snapshotId: string;
  readonly userId: string;
  readonly tone?: ToneMode;
  readonly lane?: Lane;
  readonly fresh?: boolean;
}
type Written = z.output<typeof generateInsight.result>;

export async function startHarness(settings: Record<string, string> = {}): Promise<Harness> {
  const insight = await ServiceUnderTest.prepare({ schema: 'insight', start: startInsight, settings });
  const { nats, store, infrastructure } = insight;
  const ingestion = await infrastructure.connect({}, 'ingestion');
  const identity = await infrastructure.connect({}, 'identity');
  const snapshots = new Map<string, Snapshot>();
  const weeks = new Map<string, Trend[]>();
  answer(ingestion, getSnapshot, ({ snapshot_id: id }) => ({ snapshot: snapshots.get(id) ?? null }));
  answer(identity, userExists, () => ({
    ...{ exists: true, time_zone: 'Europe/Berlin', tone_mode: null, first_day_of_week: 'monday' as const },
  }));
  answer(ingestion, listTrends, ({ user_id, from = '', to = '9' }) => ({
    items: (weeks.get(user_id) ?? []).filter((week) => week.from >= from && week.to <= to),
    next: null,
  }));
  answer(ingestion, listSnapshots, ({ user_id, time_range, from = '', to = '9' }) => ({
    items: [...snapshots.values()].filter(
      ({ user_id: owner, time_range: range, snapshot_date: date }) =>
        owner === user_id && range === (time_range ?? range) && date >= from && date <= to,
    ),
    next: null,
  }));
  await insight.start();
  const orders: InsightOrders = {
    weeks,
    keep: (snapshot) => {
      snapshots.set(snapshot.id, snapshot);
      return snapshot.id;
    },
    async generate(snapshotId, userId, tone = 'supportive', type = 'wellness', more = {}) {
      const payload = {
        user_id: userId,
        snapshot_id: snapshotId,
        insight_type: type,
        tone_mode: tone,
        ...more,
      };
      const jobId = await requestJob(store, generateInsight, {
        payload,
        lane: 'interactive',
        source: 'test',
      });
      return jobEnded(store, jobId);
    },
    async generateAll(wanted) {
      const ended = new Map<string, Partial<Written>>();
      const statuses = nats.subscribe('jobs.insights.*.*.status', {
        callback: (_error, message) => {
          const [type, jobId = ''] = [message.headers?.get('ce-type') ?? '', message.subject.split('.')[3]];
          if (type.startsWith(JobSucceeded.type))
            ended.set(jobId, message.json<{ result: Written }>().result);
          if (type.startsWith(JobFailed.type)) ended.set(jobId, {});
        },
      });
      const jobIds = await Promise.all(
        wanted.map(({ snapshotId, userId, tone = 'supportive', lane = 'bulk', fresh }) => {
          const named = { insight_type: 'wellness', tone_mode: tone } as const;
          const payload = { user_id: userId, snapshot_id: snapshotId, ...named, ...(fresh && { fresh }) };
          return requestJob(store, generateInsight, { payload, lane, source: 'test' });
        }),
      );
      await eventually('every job ends', () => jobIds.every((id) => ended.has(id)), 120_000);
      statuses.unsubscribe();
      return jobIds.map((id) => ended.get(id) ?? {});
    },
    async written(userId) {
      const events = await store.read(insightAggregate(userId));
      return events.filter((event) => InsightGenerated.read(event) !== undefined);
    },
  };
  return Object.assign(insight, orders);
}
