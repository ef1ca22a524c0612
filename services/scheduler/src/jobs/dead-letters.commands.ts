import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { consumers } from '@undertone/contracts/consumers';
import {
  discardDeadLetter,
  retryDeadLetter,
  type DeadLetter as ShownDeadLetter,
} from '@undertone/contracts/jobs/dead-letter';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { DeadLetterDecisions } from './dead-letter-decisions.js';
import { findDeadLetter } from './dead-letters.queries.js';

const APPLIED_MS = 3_000;

/** An operator's decisions on one dead letter. */
@Controller()
export class DeadLetterCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(DeadLetterDecisions) private readonly decisions: DeadLetterDecisions,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
  ) {}

  @Answers(retryDeadLetter)
  async retry(@Payload(asked(retryDeadLetter)) { id }: { id: string }): Promise<{ task_id: string }> {
    const { sequence, retryId } = await this.decisions.retry(await findDeadLetter(this.orm, id));
    await this.applied(sequence);
    return { task_id: retryId };
  }

  @Answers(discardDeadLetter)
  async discard(@Payload(asked(discardDeadLetter)) { id }: { id: string }): Promise<ShownDeadLetter> {
    const letter = await findDeadLetter(this.orm, id);
    const { sequence } = await this.decisions.discard(letter);
    await this.applied(sequence);
    return { ...letter, status: 'discarded' };
  }

  // Whoever is answered sees it in the lists.
  private applied(sequence: number): Promise<void> {
    const { signal } = new AbortController();
    return this.progress.reached(consumers.backgroundJobs, sequence, signal, APPLIED_MS);
  }
}
