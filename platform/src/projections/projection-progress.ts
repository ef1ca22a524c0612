import { setTimeout as sleep } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import { TransientJobError } from '../jobs/job-errors.js';
import { readCheckpoint } from './checkpoint.js';

const POLL_MS = 20;

/** Answers how far this service's projections are, whichever replica runs them. */
export class ProjectionProgress {
  /** The next look at each projection, shared by all who wait for it. */
  private readonly looks = new Map<string, Promise<number>>();

  constructor(private readonly orm: MikroORM) {}

  /** Stream sequence up to which the projection's tables are complete; 0 before the first event. */
  sequence(projection: ProjectionConsumerDefinition): Promise<number> {
    return readCheckpoint(this.orm, projection.name);
  }

  /**
   * Waits until the projection has applied the event at a sequence, so that whoever is told of it can read it.
   * @throws {TransientJobError} when that takes longer than `timeoutMs`.
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
  }

  private nextLook(projection: ProjectionConsumerDefinition): Promise<number> {
    const { name } = projection;
    const planned = this.looks.get(name);
    if (planned) return planned;
    const look = sleep(POLL_MS).then(() => {
      // Whoever comes from here on waits for the one after: this one may not see what they wait for.
      this.looks.delete(name);
      return this.sequence(projection);
    });
    this.looks.set(name, look);
    return look;
  }
}
