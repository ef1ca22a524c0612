import type { MikroORM } from '@mikro-orm/postgresql';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import type { EventStore } from '../event-store/event-store.js';
import { readCheckpoint } from './checkpoint.js';

/** A service that has not caught up by then counts as ready, before whatever started it gives up. In milliseconds. */
const READY_ANYWAY_MS = 60_000;

/**
 * Whether projections have applied what was in the log when the process started. After an upgrade that emptied a table they
 * have not, and the service would deny what it is about to know; else they are there at once.
 */
export class StartTails {
  private readonly deadline: number;
  /** Of the projections that are not there yet. */
  private targets: Map<string, number> | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly orm: MikroORM,
    private readonly projections: () => readonly ProjectionConsumerDefinition[],
    /** Milliseconds, of a clock that only goes forward. */
    private readonly now: () => number = () => performance.now(),
  ) {
    this.deadline = now() + READY_ANYWAY_MS;
  }

  /** Whether the service is ready although a projection is behind. */
  get isLate(): boolean {
    return this.now() >= this.deadline;
  }

  /** How far each projection is that is not there yet; one that was there is not looked at again. */
  async behind(): Promise<Record<string, string>> {
    this.targets ??= await this.tails();
    const behind: Record<string, string> = {};
    for (const [name, target] of this.targets) {
      const sequence = await readCheckpoint(this.orm, name);
      if (sequence >= target) this.targets.delete(name);
      else behind[name] = `catches up, at ${sequence} of ${target}`;
    }
    return behind;
  }

  private async tails(): Promise<Map<string, number>> {
    const tails = new Map<string, number>();
    for (const { name, stream, filters } of this.projections()) {
      let last = 0;
      for (const filter of filters) {
        const message = await this.store.manager.streams.getMessage(stream, { last_by_subj: filter });
        last = Math.max(last, message?.seq ?? 0);
      }
      if (last > 0) tails.set(name, last);
    }
    return tails;
  }
}
