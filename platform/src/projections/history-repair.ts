import type { MikroORM } from '@mikro-orm/postgresql';
import type { Logger } from '../logging/logger.js';
import { afterReadingAgain, builtFromOf, type MissingHistory, missingHistory } from './built-from.js';
import {
  learnBuiltFrom,
  lockCheckpoint,
  noteBuiltFrom,
  readWholeCheckpoint,
  startCheckpoint,
} from './checkpoint.js';
import type { Projection } from './projection.js';

/** While releases alternate, the older one undoes what the newer one made up for, and reading again holds up what is new. */
const MAKE_UP_EVERY_MS = 5 * 60_000;

export interface HistoryRepairOptions {
  readonly orm: MikroORM;
  readonly log: Logger;
  /** Has the projection rebuilt beside itself. Gives whether that began: a rebuild may be under way. */
  readonly rebuild: (() => Promise<boolean>) | undefined;
}

/** Sees to events that this release would have applied and the rows of a projection do not show. */
export class HistoryRepair {
  private missing: MissingHistory | undefined;
  private madeUpAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly projection: Projection,
    private readonly options: HistoryRepairOptions,
  ) {}

  /** What is missing, and what is done about it; absent when nothing is. */
  get note(): string | undefined {
    if (!this.missing) return undefined;
    const { name } = this.projection.consumer;
    const remedy = this.options.rebuild ? 'it is being rebuilt' : `to be rebuilt: ops rebuilds start ${name}`;
    return `${this.missing.why}; ${remedy}`;
  }

  /** Has what is missing read again or rebuilt, where there is something. @returns whether the checkpoint was put back. */
  async makeUp(stopped: AbortSignal): Promise<boolean> {
    const { orm, log, rebuild } = this.options;
    const { name } = this.projection.consumer;
    const em = orm.em.fork();
    const checkpoint = await readWholeCheckpoint(em, name);
    const builtFrom = builtFromOf(checkpoint, this.projection);
    if (builtFrom && !checkpoint.builtFrom) await learnBuiltFrom(em, name, builtFrom);
    const before = this.missing;
    this.missing = missingHistory(builtFrom, this.projection);
    if (!this.missing || stopped.aborted) return false;
    if (!before) log.warn({ projection: name, ...this.missing }, 'projection lacks history');
    if (performance.now() - this.madeUpAt < MAKE_UP_EVERY_MS) return false;
    if (this.projection.repeatable) await this.readAgain();
    else if (!(await rebuild?.())) return false;
    this.madeUpAt = performance.now();
    return this.projection.repeatable === true;
  }

  private async readAgain(): Promise<void> {
    const { orm, log } = this.options;
    const { name } = this.projection.consumer;
    await orm.em.fork().transactional(async (em) => {
      const checkpoint = await lockCheckpoint(em, name);
      const missing = missingHistory(checkpoint.builtFrom, this.projection);
      if (!missing) return;
      const sequence = Math.min(checkpoint.sequence, missing.from - 1);
      await startCheckpoint(em, name, { ...checkpoint, sequence });
      await noteBuiltFrom(em, name, afterReadingAgain(checkpoint.builtFrom, this.projection));
      log.warn({ projection: name, from: sequence + 1 }, 'projection reads again what it lacks');
    });
  }
}
