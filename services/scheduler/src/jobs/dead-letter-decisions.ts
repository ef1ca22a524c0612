import { Inject, Injectable } from '@nestjs/common';
import type { DeadLetter } from '@undertone/contracts/jobs/dead-letter';
import { type Aggregate, jobAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { hindranceOf, originalRequest, requestAgain } from './request-again.js';
import { retryIdOf, type SettleFailedJob, settleFailedJob, settlementEnvelope } from './settle-failed-job.js';

/** Where the job of a dead letter is. */
export type LetterPlace = Pick<DeadLetter, 'task_id' | 'queue' | 'lane'>;

/** What was decided: where it is in the log, and by which job of an operator's that decides about many. */
interface Settled {
  readonly sequence: number;
  readonly by: string | undefined;
}

/** Decides about dead letters: by events of the jobs that failed by them. */
@Injectable()
export class DeadLetterDecisions {
  constructor(@Inject(EventStore) private readonly store: EventStore) {}

  /** The decision first, then the request: what a crash leaves between the two, the projection of jobs completes. */
  async retry(letter: LetterPlace, by?: string): Promise<Settled & { readonly retryId: string }> {
    const { aggregate, jobId } = jobOf(letter);
    const request = await originalRequest(this.store, aggregate);
    if (!request) throw expired();
    const hindrance = hindranceOf(request);
    const settled = await this.settle(aggregate, { jobId, decision: 'retry', hindrance, by });
    await requestAgain(this.store, request);
    return { ...settled, retryId: retryIdOf(jobId) };
  }

  discard(letter: LetterPlace, by?: string): Promise<Settled> {
    const { aggregate, jobId } = jobOf(letter);
    return this.settle(aggregate, { jobId, decision: 'discard', by });
  }

  private async settle(aggregate: Aggregate, decision: Omit<SettleFailedJob, 'at'>): Promise<Settled> {
    const command = { ...decision, at: new Date() };
    const envelope = settlementEnvelope(command);
    const { sequence, state } = await decideAndAppend(this.store, settleFailedJob, {
      aggregate,
      command,
      envelope,
    });
    return { sequence, by: state.by };
  }
}

function jobOf({ task_id: jobId, queue, lane }: LetterPlace): { aggregate: Aggregate; jobId: string } {
  if (!jobId || !queue || !lane) throw expired();
  return { aggregate: jobAggregate(queue, lane, jobId), jobId };
}

const expired = () =>
  new Refused('DEAD_LETTER_EXPIRED', 'the log has forgotten the message: it keeps jobs for 30 days');
