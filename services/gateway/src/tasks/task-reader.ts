import { owns, type Principal } from '@undertone/contracts/access/principal';
import { taskField, taskGroup } from '@undertone/contracts/jobs/cache-keys';
import { isTerminal, JobRequested } from '@undertone/contracts/jobs/job';
import { getTask, type OwnedTask, ownedTask } from '@undertone/contracts/jobs/task';
import { streams } from '@undertone/contracts/streams';
import { anyJobFilter, jobAggregate, parseJobSubject } from '@undertone/contracts/subjects';
import type { ReadCache } from '@undertone/platform/cache/read-cache';
import { confirmEnd, confirmNone } from '@undertone/platform/event-store/confirm-end';
import { type EventStore, LogUnavailable } from '@undertone/platform/event-store/event-store';
import { evolveTask, isAfterEnd } from '@undertone/platform/jobs/task';
import { Refused, type RpcClient, ServiceUnavailable } from '@undertone/platform/rpc/rpc-client';

/**
 * Finds a task wherever it is known: in Redis or in the scheduler's read model, and in the job's own events. Those say how
 * far it is: what is kept elsewhere follows them, so a task would seem to go back from one look to the next, one that was just
 * handed out would be missing, and after the log was restored from a backup one would seem done that is not. What is kept
 * says when the job began and how far it was before, and tells of jobs that the log has forgotten.
 */
export class TaskReader {
  /** @param rpc asks for a caller, with a short deadline: the log can answer too. */
  constructor(
    private readonly cache: ReadCache,
    private readonly rpc: (caller: Principal) => RpcClient,
    private readonly store: EventStore,
  ) {}

  /**
   * @returns `undefined` where there is no such task, or it is not the caller's.
   * @throws {LogUnavailable} the log did not answer, and what is kept elsewhere does not know that it has ended; or whoever answered for it
   * may be cut off from the servers that confirmed the task.
   * @throws {ServiceUnavailable} the log has nothing of it, and the scheduler did not answer: one server of a cluster may not have yet
   * what another has confirmed, so that is no "no".
   */
  async find(taskId: string, caller: Principal): Promise<OwnedTask | undefined> {
    const cached = await this.cache.read(taskGroup(taskId), taskField, ownedTask);
    const kept = cached ?? (await this.fromScheduler(taskId, caller));
    const found = await this.upToDate(taskId, kept instanceof ServiceUnavailable ? undefined : kept);
    if (!found) {
      if (kept instanceof ServiceUnavailable) throw kept;
      await confirmNone(this.store, streams.JOBS.name, anyJobFilter(taskId));
    }
    return found && owns(caller, found.user_id) ? found : undefined;
  }

  private async fromScheduler(
    taskId: string,
    caller: Principal,
  ): Promise<OwnedTask | ServiceUnavailable | undefined> {
    try {
      const { found } = await this.rpc(caller).ask(getTask, { task_id: taskId });
      return found ?? undefined;
    } catch (error) {
      if (error instanceof ServiceUnavailable) return error;
      if (error instanceof Refused && error.status >= 500) return new ServiceUnavailable('scheduler', error);
      throw error;
    }
  }

  // The last event tells all but when the job began and how far it was before.
  private async upToDate(taskId: string, kept: OwnedTask | undefined): Promise<OwnedTask | undefined> {
    const stream = streams.JOBS.name;
    try {
      const last = await this.store.last(stream, anyJobFilter(taskId));
      if (!last) return kept;
      if (kept && kept.task.updated_at > last.time) await confirmEnd(this.store, stream);
      const { queue, lane, jobId } = parseJobSubject(last.subject);
      const aggregate = jobAggregate(queue, lane, jobId);
      const hasEnded = kept !== undefined && isTerminal(kept.task.status);
      // Only a newer release can read the last event, or it came after the end: the ones before it tell the rest.
      if (!evolveTask(undefined, last) || (isAfterEnd(last) && !hasEnded)) {
        const events = await this.store.read(aggregate);
        return events.reduce((task, event) => evolveTask(task, event), kept);
      }
      if (kept || last.type === JobRequested.type) return evolveTask(kept, last);
      const first = await this.store.last(stream, `${aggregate.prefix}.${JobRequested.subjectToken}`);
      return evolveTask(first && evolveTask(undefined, first), last);
    } catch (error) {
      // Nothing is past an end; what runs may be further than what is kept, and may have been shown so.
      if (kept && isTerminal(kept.task.status) && error instanceof LogUnavailable) return kept;
      throw error;
    }
  }
}
