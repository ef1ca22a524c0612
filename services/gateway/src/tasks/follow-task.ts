import type { NatsConnection } from '@nats-io/transport-node';
import { owns } from '@undertone/contracts/access/principal';
import { isTerminal } from '@undertone/contracts/jobs/job';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import { streams } from '@undertone/contracts/streams';
import { anyJobFilter, jobAggregate, parseJobSubject } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { evolveTask } from '@undertone/platform/jobs/task';
import { placeInLog } from '../event-streams/place-in-log.js';
import type { Follower, SentEvent } from '../event-streams/serve-events.js';
import { FIRST_LOOK_MS, nextLook, WakeUps } from '../event-streams/wake-ups.js';
import { HttpProblem } from '../problems/problem.js';
import type { TaskReader } from './task-reader.js';

/** The event of a task that the log has forgotten and the read model has kept. */
const KEPT = 0;

/** What a task is looked up in, and followed by. */
export interface TaskDependencies {
  readonly nats: NatsConnection;
  readonly store: EventStore;
  readonly tasks: TaskReader;
}

/**
 * Every status of a task in order, each once, until it ends. An event's id is its place in the log, so who comes back
 * goes on behind it. A core subscription wakes, and what happened is read from the log: there is no consumer.
 */
export async function* followTask(
  { nats, store, tasks }: TaskDependencies,
  taskId: string,
  { caller, lastEventId, signal }: Follower,
): AsyncGenerator<SentEvent | undefined> {
  const wakeUps = new WakeUps(nats, anyJobFilter(taskId));
  try {
    let seen = placeInLog(lastEventId) ?? -1;
    const last = await store.last(streams.JOBS.name, anyJobFilter(taskId));
    if (!last) {
      const kept = await tasks.find(taskId, caller);
      if (!kept) throw unknownTask();
      if (seen !== KEPT) yield sent(KEPT, kept);
      return;
    }
    const owner = (evolveTask(undefined, last) ?? (await tasks.find(taskId, caller)))?.user_id;
    if (owner === undefined || !owns(caller, owner)) throw unknownTask();
    const { queue, lane, jobId } = parseJobSubject(last.subject);
    const aggregate = jobAggregate(queue, lane, jobId);
    let task: OwnedTask | undefined;
    let sequence = 0;
    for (let lookMs = FIRST_LOOK_MS; !signal.aborted; ) {
      const events = await store.read(aggregate, sequence);
      // What was seen is no event of this task in this log: it counts as nothing.
      if (sequence === 0 && !events.some((event) => event.sequence === seen)) seen = -1;
      for (const event of events) {
        sequence = event.sequence;
        task = evolveTask(task, event);
        if (task && sequence > seen) yield sent(sequence, task);
        if (task && isTerminal(task.task.status)) return;
      }
      yield undefined;
      lookMs = nextLook(lookMs, await wakeUps.next(lookMs, signal));
    }
  } finally {
    wakeUps.close();
  }
}

const unknownTask = () => new HttpProblem('TASK_NOT_FOUND', 'there is no such task');

const sent = (sequence: number, { task }: OwnedTask): SentEvent => ({
  id: String(sequence),
  event: 'task',
  data: task,
});
