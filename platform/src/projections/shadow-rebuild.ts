import type { MikroORM } from '@mikro-orm/postgresql';
import type { JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { RecordedEvent } from '@undertone/contracts/event';
import type { RebuiltTable } from '@undertone/contracts/rebuild';
import type { EventStore } from '../event-store/event-store.js';
import { afterBatch, builtBy, missingHistory, sorted } from './built-from.js';
import {
  type Checkpoint,
  lockCheckpoint,
  moveCheckpoint,
  noteBuiltFrom,
  readCheckpoint,
  readWholeCheckpoint,
  startCheckpoint,
} from './checkpoint.js';
import { checkpointFault } from './checkpoint-fault.js';
import { oneAhead, orderedBatches } from './ordered-batches.js';
import type { Projection } from './projection.js';
import type { RebuildLease } from './rebuild-lease.js';
import type { ShadowTables } from './shadow-schema.js';

export interface ShadowRebuildOptions {
  readonly nats: NatsConnection;
  readonly store: EventStore;
  /** Of the tables that are read. */
  readonly main: MikroORM;
  readonly shadow: MikroORM;
  readonly tables: ShadowTables;
  readonly projection: Projection;
  /** Turns a stream's message into an event. */
  readonly read: (message: JsMsg) => RecordedEvent;
  /** Of this run: once another one has it, this one changes nothing more. */
  readonly lease: RebuildLease;
}

/** How far a rebuild is. */
export interface RebuildProgress {
  readonly sequence: number;
  readonly target: number;
  /** Applied by this run. */
  readonly events: number;
}

/**
 * Builds one projection's tables from the first event on, beside the ones that are read and that the projection goes on
 * to keep. It never gets ahead of those: both are compared, and swapped, at one place in the log. Interrupted, it goes
 * on from its own checkpoint.
 */
export class ShadowRebuild {
  private events = 0;

  constructor(private readonly options: ShadowRebuildOptions) {}

  private get name(): string {
    return this.options.projection.consumer.name;
  }

  /** Builds until it has caught up with the tables that are read. */
  async build(progressed: (progress: RebuildProgress) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { main, shadow, tables, projection, lease } = this.options;
    await tables.prepare(lease);
    const left = await readWholeCheckpoint(shadow.em.fork(), this.name);
    if (
      (await this.place(left)).fault !== undefined ||
      (left.sequence > 0 && !left.builtFrom) ||
      missingHistory(left.builtFrom, projection)
    ) {
      // What an interrupted run left is of another log, or another release made it.
      await tables.dropShadow(lease);
      await tables.prepare(lease);
    }
    for (;;) {
      const { target } = await this.place(await readWholeCheckpoint(main.em.fork(), this.name));
      const sequence = await readCheckpoint(shadow, this.name);
      await progressed({ sequence, target, events: this.events });
      if (sequence >= target) return;
      await this.advance(target, async (reached) => {
        await progressed({ sequence: reached, target, events: this.events });
        signal.throwIfAborted();
      });
    }
  }

  compare(): Promise<RebuiltTable[]> {
    // What is read may have moved on since it was built.
    return this.options.tables.compare(async (em) => {
      await this.advance((await this.place(await readWholeCheckpoint(em, this.name))).target);
    });
  }

  /**
   * What was built becomes what is read, in one transaction, at the place in the log where that one is.
   * @param swapped is called as soon as readers see it.
   */
  async swap(swapped: () => void): Promise<void> {
    const { main, shadow, tables, projection, lease } = this.options;
    // Most of the way before anybody has to wait.
    await this.advance((await this.place(await readWholeCheckpoint(main.em.fork(), this.name))).target);
    await main.em.fork().transactional(async (em) => {
      await lease.hold(em);
      // The projection waits here, and goes on in the new tables.
      const { fault, target, log } = await this.place(await lockCheckpoint(em, this.name));
      await this.advance(target);
      const { builtFrom } = await readWholeCheckpoint(shadow.em.fork(), this.name);
      await tables.swap(em);
      await noteBuiltFrom(em, this.name, builtFrom ?? builtBy(projection));
      if (fault !== undefined) await startCheckpoint(em, this.name, { sequence: target, log });
    });
    swapped();
    await tables.dropShadow(lease);
  }

  /**
   * Where the shadow tables have to be for a checkpoint of the ones that are read: there, or at the end of the log where the
   * checkpoint is no place in it. Those are then replaced with their checkpoint.
   */
  private async place(checkpoint: Checkpoint): Promise<{ target: number; log: string; fault?: string }> {
    const { store, projection } = this.options;
    const { stream } = projection.consumer;
    const extent = await store.extent(stream);
    const fault = await checkpointFault(store, stream, checkpoint, extent);
    const log = extent.created;
    return fault === undefined ? { target: checkpoint.sequence, log } : { target: extent.last, log, fault };
  }

  private async advance(target: number, progressed?: (sequence: number) => Promise<void>): Promise<void> {
    const { shadow, projection, read, lease } = this.options;
    const from = (await readCheckpoint(shadow, this.name)) + 1;
    if (from > target) return;
    const range = { from, to: target };
    const { created: log } = await this.options.store.extent(projection.consumer.stream);
    const batches = orderedBatches(this.options, projection.consumer, range, read);
    for await (const batch of oneAhead(batches)) {
      const last = await shadow.em.fork().transactional(async (em) => {
        await lease.check(em);
        const { sequence: checkpoint, builtFrom } = await lockCheckpoint(em, this.name);
        const unseen = batch.filter(({ sequence }) => sequence > checkpoint);
        const reached = unseen.at(-1)?.sequence ?? checkpoint;
        if (unseen.length === 0) return reached;
        // Nobody reads these tables, so there is no cache to be told.
        const { readable, skipped } = sorted(projection, unseen);
        if (readable.length > 0) await projection.apply(readable, em);
        await moveCheckpoint(em, this.name, {
          sequence: reached,
          log,
          builtFrom: afterBatch(builtFrom, projection, skipped),
        });
        this.events += unseen.length;
        return reached;
      });
      await progressed?.(last);
    }
    // The events at the end of the range may have been erased: it is complete up to there all the same.
    await shadow.em.fork().transactional(async (em) => {
      await lease.check(em);
      const { sequence, builtFrom = builtBy(projection) } = await lockCheckpoint(em, this.name);
      if (sequence < target) await moveCheckpoint(em, this.name, { sequence: target, log, builtFrom });
    });
  }
}
