import { setTimeout as sleep } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { SpanKind } from '@opentelemetry/api';
import type { RecordedEvent } from '@undertone/contracts/event';
import { readEvent } from '../event-store/cloudevents.js';
import type { EventStore } from '../event-store/event-store.js';
import { backoffMs } from '../jobs/backoff.js';
import type { Logger } from '../logging/logger.js';
import { ensureConsumer, PROJECTION_GROUP } from '../nats/ensure-streams.js';
import { jetStreamOf } from '../nats/jetstream.js';
import { attributes, spanNames } from '../telemetry/names.js';
import { contextFrom, inSpan } from '../telemetry/tracing.js';
import { afterBatch, builtFromOf, sorted } from './built-from.js';
import {
  type Landmark,
  learnLog,
  lockCheckpoint,
  moveCheckpoint,
  readCheckpoint,
  readWholeCheckpoint,
} from './checkpoint.js';
import { checkpointFault } from './checkpoint-fault.js';
import { type ConsumerFault, consumerFault, nextEvent } from './consumer-fault.js';
import { HistoryRepair } from './history-repair.js';
import type { AfterCommit, Projection } from './projection.js';

export interface ProjectionRunnerOptions {
  readonly nats: NatsConnection;
  readonly store: EventStore;
  readonly orm: MikroORM;
  readonly log: Logger;
  readonly random: () => number;
  /** Of the consumer, should it have to be made again; 1 for one server. */
  readonly replicas?: number;
  /** Of this release's definitions; tests alone give another. */
  readonly version?: number;
  /** Turns a stream's message into an event; the default reads CloudEvents. */
  readonly read?: (message: JsMsg) => RecordedEvent;
  /** Has the projection rebuilt beside itself. Gives whether that began: a rebuild may be under way. */
  readonly rebuild?: () => Promise<boolean>;
}

interface Delivered {
  readonly message: JsMsg;
  readonly event: RecordedEvent;
}

const MAX_BATCH = 500;
/** A first delivery that is this late after a reset was lost on the way. */
const LOST_AFTER_MS = 5_000;
/** How often the consumer is looked at, for what no delivery would tell. */
const WATCH_MS = 1_500;

/**
 * Feeds one projection from its durable consumer. One replica is active (the server pins it), the others stand by.
 *
 * The checkpoint in Postgres is the truth, the consumer's position only a hint: whenever this replica becomes
 * active, a delivery does not follow the one before, or the consumer turns out to be elsewhere, it is reset to the
 * checkpoint and delivers from there, in order. So nothing is skipped when a replica dies with messages in hand, when
 * the server loses an acknowledgement or keeps one too many, or when the tables were dropped to be rebuilt.
 */
export class ProjectionRunner {
  private messages: ConsumerMessages | undefined;
  private readonly stopped = new AbortController();
  private loops: Promise<unknown> = Promise.resolve();
  private pending: Delivered[] = [];
  private working: Promise<void> | undefined;
  /** The delivery that must come next, under the pin it must come with; absent: not in step. */
  private next: { delivery: number; pin: string } | undefined;
  private resyncing: Promise<void> | undefined;
  /** The checkpoint as this replica knows it: what the next batch follows. */
  private position = 0;
  /** The last reset, whose first delivery is awaited, and when that was, in milliseconds; absent: none is. */
  private awaited: { readonly since: number } | undefined;
  private failures = 0;
  /** Which log was last found to be the checkpoint's; absent: not looked at yet. */
  private log: string | undefined;
  /** Why the checkpoint is no place in the log; nothing is applied while it is. */
  private logFault: string | undefined;
  private batchError: string | undefined;
  /** Stream sequence of the last event of the batch that failed. */
  private failedUpTo = 0;
  /** The consumer is gone, and a newer release is there that did not make it again. */
  private removed = false;
  private readonly history: HistoryRepair;

  constructor(
    readonly projection: Projection,
    private readonly options: ProjectionRunnerOptions,
  ) {
    const { orm, log, rebuild } = options;
    this.history = new HistoryRepair(projection, { orm, log, rebuild });
  }

  /** Why the last batch could not be applied, or none may be; absent when all is well. */
  get lastError(): string | undefined {
    return this.logFault ?? this.batchError;
  }

  /** What there is to know of it that is no fault: a newer release replaced it, or it is being built again. */
  get note(): string | undefined {
    if (this.removed) return 'a newer release has no such consumer: this replica applies nothing';
    return this.history.note;
  }

  start(): void {
    this.loops = Promise.all([this.run(), this.watch()]);
  }

  /** Stops taking messages and waits for the batch in hand. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.messages?.stop();
    await this.loops;
    await this.working;
    await this.resyncing;
  }

  private async run(): Promise<void> {
    const { nats, log } = this.options;
    const { stream, name } = this.projection.consumer;
    while (!this.stopped.signal.aborted) {
      try {
        const consumer = await jetStreamOf(nats).consumers.get(stream, name);
        this.removed = false;
        this.messages = await consumer.consume({
          group: PROJECTION_GROUP,
          max_messages: MAX_BATCH,
          // Shorter than the pin lives without a pull, or a quiet stream would lose the pin between two of them.
          expires: 2_000,
          idle_heartbeat: 1_000,
        });
        if (this.stopped.signal.aborted) this.messages.stop();
        for await (const message of this.messages) await this.take(message);
      } catch (error) {
        if (this.stopped.signal.aborted) return;
        if (!this.removed) {
          log.warn({ err: error, projection: name }, 'projection lost its consumer, trying again');
        }
      }
      this.next = undefined;
      this.awaited = undefined;
      await this.pause(this.removed ? WATCH_MS : 250);
    }
  }

  private async watch(): Promise<void> {
    const { store, orm, log, version } = this.options;
    const { consumer } = this.projection;
    const { name } = consumer;
    const checkpoint = () => readCheckpoint(orm, name);
    while (!this.stopped.signal.aborted) {
      try {
        if (await this.findLogFault()) {
          // Not awaited: it ends when the projection was rebuilt, and needs a consumer then, which is looked at here.
          void this.resync();
        } else {
          const fault = await consumerFault(store.manager, consumer, checkpoint, version);
          if (fault && !this.stopped.signal.aborted) await this.mend(fault);
          if (this.batchError !== undefined) await this.findErrorOver();
          if (await this.history.makeUp(this.stopped.signal)) await this.resync();
        }
      } catch (error) {
        log.warn({ err: error, projection: name }, 'projection cannot look at its consumer');
      }
      await this.pause(WATCH_MS);
    }
  }

  private async mend(fault: ConsumerFault): Promise<void> {
    const { store, log, replicas = 1, version } = this.options;
    const projection = this.projection.consumer.name;
    if (!this.removed) log.warn({ projection, fault }, 'projection mends its consumer');
    switch (fault) {
      case 'gone': {
        const isThere = await ensureConsumer(store.manager, this.projection.consumer, replicas, version);
        if (!isThere && !this.removed) log.warn({ projection }, 'a newer release has no such consumer');
        this.removed = !isThere;
        // What was asked of the old one is never answered: `run` asks again.
        this.messages?.stop();
        break;
      }
      case 'changed':
        await ensureConsumer(store.manager, this.projection.consumer, replicas, version);
        // It does not deliver what went past it meanwhile.
        await this.resync();
        break;
      case 'ahead':
      case 'idle':
        await this.resync();
        break;
      default:
        fault satisfies never;
    }
  }

  private async take(message: JsMsg): Promise<void> {
    // It was sent before the reset that is under way.
    if (this.resyncing) return this.resyncing;
    const { awaited } = this;
    const delivery = message.info.deliverySequence;
    const pin = message.headers?.get('Nats-Pin-Id') ?? '';
    if (awaited) {
      // Deliveries from before the reset are still under way; the ones after it count from 1 again.
      if (delivery !== 1) return Date.now() - awaited.since > LOST_AFTER_MS ? this.resync() : undefined;
      // Of two resets in a row it may be the first delivery of the earlier one, and the later one may come while that is asked.
      if (await this.isPast(message.seq)) return this.resync();
      if (this.resyncing || awaited !== this.awaited) return this.resyncing;
      this.awaited = undefined;
    } else if (this.next?.delivery !== delivery || this.next.pin !== pin) {
      return this.resync();
    }
    this.next = { delivery: delivery + 1, pin };
    try {
      this.pending.push({ message, event: (this.options.read ?? readEvent)(message) });
    } catch (error) {
      return this.fail(error, message.seq);
    }
    // Whatever arrives while one batch is written is the next batch.
    this.working ??= this.drain();
    if (this.pending.length >= MAX_BATCH) await this.working;
  }

  /** Whether the log has an event between the position and a delivery. */
  private async isPast(sequence: number): Promise<boolean> {
    const next = await nextEvent(this.options.store.manager, this.projection.consumer, this.position);
    return next !== undefined && next < sequence;
  }

  private async drain(): Promise<void> {
    while (this.pending.length > 0) {
      const batch = this.pending.splice(0, MAX_BATCH);
      // A reset may move the position while the batch waits for a connection to the database.
      const follows = this.position;
      try {
        const afterCommit = await this.apply(batch, follows);
        afterCommit?.();
        batch.at(-1)?.message.ack();
        this.failures = 0;
        this.batchError = undefined;
      } catch (error) {
        await this.fail(error, batch.at(-1)?.message.seq ?? 0);
      }
    }
    // In the same turn as the look at `pending`: an event that came in between would wait for the next one.
    this.working = undefined;
  }

  private async apply(batch: readonly Delivered[], follows: number): Promise<AfterCommit | undefined> {
    const { name } = this.projection.consumer;
    const events = batch.map(({ event }) => event);
    const first = events[0];
    return inSpan(
      spanNames.project(name),
      {
        kind: SpanKind.CONSUMER,
        // A batch has one parent; the events of other traces in it are few where people wait, many only in bulk.
        ...(first && { parent: contextFrom(first) }),
        attributes: { [attributes.sequence]: events.at(-1)?.sequence ?? 0 },
      },
      () =>
        this.options.orm.em.fork().transactional(async (em) => {
          const before = await lockCheckpoint(em, name);
          const { sequence: checkpoint, log } = before;
          if (checkpoint < follows) throw new Error(`${name} was put back to ${checkpoint}`);
          if (this.logFault !== undefined || (checkpoint > 0 && (log ?? this.log) !== this.log)) {
            throw new Error(`${name} is of another log than what is delivered`);
          }
          // After a very long batch the server may have sent the same again behind it.
          let last = checkpoint;
          const unseen = events.filter(({ sequence }) => {
            if (sequence <= last) return false;
            last = sequence;
            return true;
          });
          this.position = last;
          if (unseen.length === 0) return undefined;
          const { readable, skipped } = sorted(this.projection, unseen);
          const afterCommit = readable.length > 0 ? await this.projection.apply(readable, em) : undefined;
          const landmark = landmarkOf(batch, last);
          await moveCheckpoint(em, name, {
            sequence: last,
            log: this.log,
            landmark,
            builtFrom: afterBatch(builtFromOf(before, this.projection), this.projection, skipped),
          });
          for (const event of skipped) this.tellSkipped(event);
          return afterCommit;
        }),
    );
  }

  private tellSkipped({ type, version, sequence }: RecordedEvent): void {
    const { name } = this.projection.consumer;
    this.options.log.warn(
      { projection: name, sequence, type, version },
      'projection skips an event of a newer release',
    );
  }

  // The batch is dropped and comes again from the checkpoint, later each time.
  private async fail(error: unknown, upTo: number): Promise<void> {
    const { log, random } = this.options;
    this.failures += 1;
    this.failedUpTo = upTo;
    this.batchError = error instanceof Error ? error.message : String(error);
    const delayMs = backoffMs(this.failures, random(), 100, 30_000);
    log.error(
      { err: error, projection: this.projection.consumer.name, delay_ms: delayMs },
      'projection failed',
    );
    await this.pause(delayMs);
    await this.resync();
  }

  /** Forgets an error that no batch of this replica's would clear: its events were deleted, or another replica applied them. */
  private async findErrorOver(): Promise<void> {
    const { store, orm, log } = this.options;
    const { consumer } = this.projection;
    const failedUpTo = this.failedUpTo;
    const next = await nextEvent(store.manager, consumer, await readCheckpoint(orm, consumer.name));
    // Another batch may have failed meanwhile.
    if ((next !== undefined && next <= failedUpTo) || failedUpTo !== this.failedUpTo) return;
    this.failures = 0;
    this.batchError = undefined;
    log.info(
      { projection: consumer.name },
      'the events that the projection failed at are no longer ahead of it',
    );
  }

  /** Waits, but not once the runner is stopped. */
  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopped.signal }).catch(() => undefined);
  }

  /** Has the server deliver from the checkpoint again; tries until it could say so. Two at once are one. */
  private resync(): Promise<void> {
    this.resyncing ??= this.reset().finally(() => {
      this.resyncing = undefined;
    });
    return this.resyncing;
  }

  /** Compares the checkpoint with the log that the server holds. @returns whether it is no place in it. */
  private async findLogFault(): Promise<boolean> {
    const { store, orm, log } = this.options;
    const { stream, name } = this.projection.consumer;
    const em = orm.em.fork();
    const checkpoint = await readWholeCheckpoint(em, name);
    const extent = await store.extent(stream);
    const fault = await checkpointFault(store, stream, checkpoint, extent);
    if (fault === undefined) {
      if (this.logFault !== undefined) log.info({ projection: name }, 'projection and log agree again');
      this.logFault = undefined;
      this.log = extent.created;
      if (checkpoint.sequence > 0 && checkpoint.log !== extent.created)
        await learnLog(em, name, extent.created);
      return false;
    }
    if (this.logFault === undefined) log.error({ projection: name, fault }, 'projection is ahead of its log');
    this.logFault = `${fault}; nothing is applied until it is rebuilt: ops rebuilds start ${name} --swap always`;
    return true;
  }

  private async reset(): Promise<void> {
    const { store, orm, log } = this.options;
    const { stream, name } = this.projection.consumer;
    while (!this.stopped.signal.aborted) {
      this.pending = [];
      this.next = undefined;
      try {
        if (await this.findLogFault()) {
          await this.pause(1_000);
          continue;
        }
        this.position = await readCheckpoint(orm, name);
        this.awaited = { since: Date.now() };
        await store.manager.consumers.reset(stream, name, this.position + 1);
        log.info({ projection: name, from: this.position + 1 }, 'projection reads on from its checkpoint');
        return;
      } catch (error) {
        log.warn({ err: error, projection: name }, 'projection could not be put back to its checkpoint');
        await this.pause(1_000);
      }
    }
  }
}

const landmarkOf = (batch: readonly Delivered[], sequence: number): Landmark | undefined => {
  const last = batch.find(({ event }) => event.sequence === sequence);
  return last && { sequence, at: new Date(last.message.info.timestampNanos / 1e6) };
};
