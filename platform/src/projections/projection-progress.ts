import { setTimeout as sleep } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import { type EventStore, ReadModelAhead } from '../event-store/event-store.js';
import { TransientJobError } from '../jobs/job-errors.js';
import { completeIn, readCheckpoint, readWholeCheckpoint } from './checkpoint.js';
import { checkpointFault } from './checkpoint-fault.js';

const POLL_MS = 20;

/** Answers how far this service's projections are, whichever replica runs them. */
export class ProjectionProgress {
  /** The next look at each projection, shared by all who wait for it. */
  private readonly looks = new Map<string, Promise<number>>();

  constructor(
    private readonly orm: MikroORM,
    private readonly store: EventStore,
  ) {}

  /**
   * Stream sequence up to which the projection's tables are complete; 0 before the first event. What only a newer release can
   * read is behind it.
   * @throws {ReadModelAhead} they are of another log than the server holds.
   */
  async sequence({ name, stream }: ProjectionConsumerDefinition): Promise<number> {
    const checkpoint = await readWholeCheckpoint(this.orm.em.fork(), name);
    const fault = await checkpointFault(this.store, stream, checkpoint, await this.store.extent(stream));
    if (fault !== undefined) throw new ReadModelAhead(name, fault);
    return completeIn(checkpoint);
  }

  /**
   * Waits until the projection has applied the event at a sequence, so that whoever is told of it can read it.
   * @throws {TransientJobError} when that takes longer than `timeoutMs`.
   * @throws {ReadModelAhead} the checkpoint is past the sequence, but of another log.
   */
  async reached(
    projection: ProjectionConsumerDefinition,
    sequence: number,
    signal: AbortSignal,
    timeoutMs = 30_000,
  ): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while ((await this.nextLook(projection)) < sequence) {
      signal.throwIfAborted();
      if (Date.now() > deadline) {
        throw new TransientJobError('READ_MODEL_BEHIND', `${projection.name} has not caught up yet`);
      }
    }
    // A checkpoint ahead of its log is past every sequence that the log gives out.
    await this.sequence(projection);
  }

  private nextLook(projection: ProjectionConsumerDefinition): Promise<number> {
    const { name } = projection;
    const planned = this.looks.get(name);
    if (planned) return planned;
    const look = sleep(POLL_MS).then(() => {
      // Whoever comes from here on waits for the one after: this one may not see what they wait for.
      this.looks.delete(name);
      return readCheckpoint(this.orm, name);
    });
    this.looks.set(name, look);
    return look;
  }
}
