import { owns, type Principal } from '@undertone/contracts/access/principal';
import { taskField, taskGroup } from '@undertone/contracts/jobs/cache-keys';
import { JobRequested } from '@undertone/contracts/jobs/job';
import { getTask, type OwnedTask, ownedTask } from '@undertone/contracts/jobs/task';
import { streams } from '@undertone/contracts/streams';
import { anyJobFilter, jobAggregate, parseJobSubject } from '@undertone/contracts/subjects';
import type { ReadCache } from '@undertone/platform/cache/read-cache';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { evolveTask } from '@undertone/platform/jobs/task';
import { Refused, type RpcClient, ServiceUnavailable } from '@undertone/platform/rpc/rpc-client';

/**
 * Finds a task wherever it is known: in Redis, in the scheduler's read model, or, so that a task that was just handed
 * out is never missing, in the job's own events.
 */
export class TaskReader {
  /** @param rpc asks for a caller, with a short deadline: the log can answer too. */
  constructor(
    private readonly cache: ReadCache,
    private readonly rpc: (caller: Principal) => RpcClient,
    private readonly store: EventStore,
  ) {}

  /** @returns `undefined` where there is no such task, or it is not the caller's. */
  async find(taskId: string, caller: Principal): Promise<OwnedTask | undefined> {
    const found =
      (await this.cache.read(taskGroup(taskId), taskField, ownedTask)) ??
      (await this.fromScheduler(taskId, caller)) ??
      (await this.fromLog(taskId));
    return found && owns(caller, found.user_id) ? found : undefined;
  }

  private async fromScheduler(taskId: string, caller: Principal): Promise<OwnedTask | undefined> {
    try {
      const { found } = await this.rpc(caller).ask(getTask, { task_id: taskId });
      return found ?? undefined;
    } catch (error) {
      if (error instanceof ServiceUnavailable || (error instanceof Refused && error.status >= 500)) {
        return undefined;
      }
      throw error;
    }
  }

  private async fromLog(taskId: string): Promise<OwnedTask | undefined> {
    const stream = streams.JOBS.name;
    const last = await this.store.last(stream, anyJobFilter(taskId));
    if (!last) return undefined;
    const newest = evolveTask(undefined, last);
    if (newest && last.type === JobRequested.type) return newest;
    const { queue, lane, jobId } = parseJobSubject(last.subject);
    const aggregate = jobAggregate(queue, lane, jobId);
    // Only a newer release can read the last event: the ones before it tell the rest.
    if (!newest) {
      return (await this.store.read(aggregate)).reduce<OwnedTask | undefined>(
        (task, event) => evolveTask(task, event),
        undefined,
      );
    }
    // The last event tells all but when it began.
    const first = await this.store.last(stream, `${aggregate.prefix}.${JobRequested.subjectToken}`);
    return first ? evolveTask(evolveTask(undefined, first), last) : newest;
  }
}
