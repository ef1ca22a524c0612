import { setTimeout as sleep } from 'node:timers/promises';
import type { EventDefinition } from '@undertone/contracts/event';
import { auditAggregate } from '@undertone/contracts/subjects';
import type { NewEvent } from '@undertone/platform/event-store/cloudevents';
import { type EventStore, provesNotWritten } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import type { Logger } from '@undertone/platform/logging/logger';
import { meter, metricNames } from '@undertone/platform/telemetry/metrics';

/** What an answer waits for the log: one try. */
const WAIT_MS = 1_000;
/** Between two tries while the log is away. */
const PAUSE_MS = 1_000;
/** Events that are kept while the log is away; what comes after them is lost, and counted. */
const MOST = 1_000;
/** What a server that stops waits for the log. */
const LAST_WAIT_MS = 1_000;

type Written = NewEvent<{ actor: string }>;

/**
 * Writes the audit. An event that the log confirmed is there before its request is answered. One that it does not confirm within
 * a second is kept in memory and tried again until it does: a process that dies meanwhile loses it, and so does one that keeps too many.
 */
export class AuditLog {
  /** Of the store that it writes to. */
  static readonly limits = { tryMs: WAIT_MS, totalMs: WAIT_MS } as const;

  /** In the order in which they came. */
  private readonly kept = new Set<Written>();
  private readonly lost = meter().createCounter(metricNames.auditLost, {
    description: 'Events of the audit that were not written.',
  });
  private readonly stopping = new AbortController();
  private retrying: Promise<void> | undefined;

  constructor(
    private readonly store: Pick<EventStore, 'append'>,
    private readonly log: Logger,
  ) {}

  /** Never throws: what was done is done, and whoever did it gets their answer. */
  async record<T extends { actor: string }>(
    definition: EventDefinition<T>,
    data: T,
    time: Date,
  ): Promise<void> {
    const event = { definition, data, id: newId(), source: 'gateway', time } as unknown as Written;
    if (this.kept.size >= MOST) return this.lose(event, 'too many events of the audit wait for the log');
    this.kept.add(event);
    // While the log is away, nobody waits for it twice.
    if (this.retrying) return;
    await this.write(event).catch(() => this.retry());
  }

  /** Takes nothing new; waits for the log a little. */
  async close(): Promise<void> {
    const until = Date.now() + LAST_WAIT_MS;
    while (this.kept.size > 0 && Date.now() < until) await sleep(20);
    this.stopping.abort();
    await this.retrying;
    for (const event of this.kept) this.lose(event, 'the server stopped while the log was away');
  }

  private async write(event: Written): Promise<void> {
    try {
      await this.store.append(auditAggregate(event.data.actor), event);
    } catch (error) {
      if (!provesNotWritten(error)) throw error;
      this.lose(
        event,
        `the log refuses it: ${error instanceof Error ? error.message : 'it does not say why'}`,
      );
    }
    this.kept.delete(event);
  }

  private retry(): void {
    this.retrying ??= this.writeAll().finally(() => {
      this.retrying = undefined;
    });
  }

  private async writeAll(): Promise<void> {
    this.log.warn('the log is away: the audit is kept in memory');
    const { signal } = this.stopping;
    while (this.kept.size > 0 && !signal.aborted) {
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      for (const event of this.kept) {
        const error = await this.write(event).catch((reason: unknown) => reason);
        if (error !== undefined) break;
      }
    }
  }

  private lose(event: Written, why: string): void {
    this.kept.delete(event);
    this.lost.add(1);
    // Whoever runs the installation has it here, at least.
    this.log.error({ event: event.data, why }, 'an event of the audit is lost');
  }
}
