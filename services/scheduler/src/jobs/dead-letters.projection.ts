import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { UnreadableEvent } from '@undertone/contracts/event';
import { jobAggregate, parseDueSubject, parseJobSubject } from '@undertone/contracts/subjects';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { deliverAt, type JobPlace } from '@undertone/platform/jobs/deliver-at';
import type { Logger } from '@undertone/platform/logging/logger';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import type { SchedulerSettings } from '../settings.js';
import { isMaxDeliveries, type MaxDeliveries, maxDeliveriesAdvisory } from './advisory.js';
import { DeadLetter } from './dead-letter.entity.js';
import { failLostJob, lostJobEnvelope } from './fail-lost-job.js';
import { keptSince } from './kept-details.js';

const forgotten = { eventId: null, eventType: null, queue: null, lane: null, jobId: null };

/**
 * Keeps `dead_letter` from the server's advisories, and ends the jobs behind them: a job whose worker dies at
 * every delivery could not end itself. Ending a job that ended is nothing, so a rebuild may do it all again.
 */
@Controller()
export class DeadLettersProjection {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(SETTINGS) private readonly settings: SchedulerSettings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @Projects(consumers.deadLetters, { repeatable: true, reads: isMaxDeliveries })
  async apply({ events, em }: ProjectionBatch): Promise<undefined> {
    const letters = events.map((event) => maxDeliveriesAdvisory.parse(event.data));
    const behind = new Map<string, typeof forgotten | Record<keyof typeof forgotten, string>>();
    for (const letter of letters) {
      // What was delivered may be older than the stream keeps.
      const delivered = await this.store.at(letter.stream, letter.stream_seq);
      if (!delivered) continue;
      const job = parseDueSubject(delivered.subject) ?? parseJobSubject(delivered.subject);
      behind.set(letter.id, { eventId: delivered.id, eventType: delivered.type, ...job });
      await this.end(job, letter);
    }
    const kept = letters.filter(
      ({ timestamp }) => new Date(timestamp) >= keptSince(new Date(), this.settings),
    );
    await em.upsertMany(
      DeadLetter,
      kept.map((letter) => ({
        id: letter.id,
        stream: letter.stream,
        consumer: letter.consumer,
        streamSequence: letter.stream_seq,
        deliveries: letter.deliveries,
        happenedAt: new Date(letter.timestamp),
        ...(behind.get(letter.id) ?? forgotten),
      })),
    );
    return undefined;
  }

  private async end(job: Omit<JobPlace, 'sequence'>, letter: MaxDeliveries): Promise<void> {
    const { queue, lane, jobId } = job;
    const aggregate = jobAggregate(queue, lane, jobId);
    const command = { advisory: letter, jobId };
    const envelope = lostJobEnvelope(command);
    try {
      const { event } = await decideAndAppend(this.store, failLostJob, { aggregate, command, envelope });
      if (!event) return;
      if (!event.duplicate)
        this.log.error({ job_id: jobId, consumer: letter.consumer }, 'job ended: its deliveries ran out');
      // What follows from a failure is known to the service that owns the job.
      await deliverAt(this.store, { ...job, sequence: event.sequence }, new Date(), 'scheduler');
    } catch (error) {
      if (!(error instanceof UnreadableEvent)) throw error;
      // A newer release wrote it, and ends it: the letter stays, and those of others are not held up.
      this.log.error({ err: error, job_id: jobId }, 'a job whose deliveries ran out cannot be read');
    }
  }
}
