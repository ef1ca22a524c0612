import { setTimeout } from 'node:timers/promises';
import type { Principal } from '@undertone/contracts/access/principal';
import type { Task } from '@undertone/contracts/jobs/task';
import { routes } from '@undertone/contracts/rest/routes';
import type { Logger } from '@undertone/platform/logging/logger';
import { checkOwner, checkScope } from '../callers/authorize.js';
import { type IngestDependencies, requestIngest } from '../listening/request-ingest.js';
import { HttpProblem } from '../problems/problem.js';
import { toProblem } from '../problems/to-problem.js';
import type { MessageLimit } from '../rate-limit/rate-limit.js';
import { followTask, type TaskDependencies } from '../tasks/follow-task.js';
import { themselves } from '../users/themselves.js';
import type { OpenSocket } from './open-socket.js';
import { commandOf, messageOf } from './socket-commands.js';
import { refusalMessage, statusMessage } from './socket-messages.js';

/** Tasks that one connection follows at once. */
const MOST_TASKS = 50;
/** Until the log is asked again that did not answer. */
const AGAIN_MS = 500;
/** A client that is told to wait, and does not, is read from no faster than this. */
const LIMITED_MS = 1_000;

export interface ConversationDependencies extends TaskDependencies, IngestDependencies {
  readonly log: Logger;
}

/** What one client says over its WebSocket, and what it is told. */
export class Conversation {
  private readonly followed = new Map<string, AbortController>();

  constructor(
    private readonly socket: OpenSocket,
    private readonly limit: MessageLimit,
    private readonly caller: Principal,
    private readonly dependencies: ConversationDependencies,
  ) {
    socket.signal.addEventListener('abort', () => {
      for (const one of this.followed.values()) one.abort();
    });
  }

  /** @param text absent: the message was binary. */
  async answer(text: string | undefined): Promise<void> {
    try {
      await this.follow(text);
    } catch (error) {
      const { code } = await this.refuse(error);
      if (code === 'RATE_LIMITED') await pause(LIMITED_MS, this.socket.signal);
    }
  }

  private async follow(text: string | undefined): Promise<void> {
    const message = messageOf(text);
    await this.limit(message.action === 'ingest' ? 'writes' : 'reads');
    const command = commandOf(message);
    if (command.action === 'subscribe') {
      const { task_id, last_event_id } = command;
      return this.tell(task_id, last_event_id);
    }
    const { time_range, idempotency_key } = command;
    const user_id = themselves(this.caller, command.user_id);
    checkScope(routes.ingestListening, this.caller);
    checkOwner(routes.ingestListening, this.caller, { user_id });
    const asked = await requestIngest(this.dependencies, { user_id, time_range }, idempotency_key);
    // What is told of already, as where it is sent again with its key, is told once.
    if (!this.followed.has(asked.taskId)) this.tell(asked.taskId);
  }

  /** Begins to tell of a task; where that was begun before, this takes its place. */
  private tell(taskId: string, seen?: string): void {
    this.followed.get(taskId)?.abort();
    if (!this.followed.has(taskId) && this.followed.size >= MOST_TASKS) {
      throw new HttpProblem('TOO_MANY_STREAMS', `at most ${MOST_TASKS} tasks are followed by one connection`);
    }
    const following = new AbortController();
    this.followed.set(taskId, following);
    void this.tellAll(taskId, seen, following.signal).finally(() => {
      if (this.followed.get(taskId) === following) this.followed.delete(taskId);
    });
  }

  private async tellAll(taskId: string, seen: string | undefined, signal: AbortSignal): Promise<void> {
    const { caller, dependencies } = this;
    let lastEventId = seen;
    let isTold = false;
    while (!signal.aborted) {
      try {
        for await (const event of followTask(dependencies, taskId, { caller, lastEventId, signal })) {
          if (signal.aborted) return;
          if (!event) continue;
          isTold = true;
          await this.socket.send(statusMessage(event.data as Task, event.id));
          lastEventId = event.id;
        }
        if (!isTold && !signal.aborted) await this.tellEnd(taskId, lastEventId);
        return;
      } catch (error) {
        // Whoever follows a task does so through outages of the log.
        if (toProblem(error).status !== 503) return void (await this.refuse(error, taskId));
        await pause(AGAIN_MS, signal);
      }
    }
  }

  /** A client that has seen the end is told it again: here no answer is none. */
  private async tellEnd(taskId: string, lastEventId: string | undefined): Promise<void> {
    const found = await this.dependencies.tasks.find(taskId, this.caller);
    if (found && lastEventId !== undefined) await this.socket.send(statusMessage(found.task, lastEventId));
  }

  private async refuse(error: unknown, taskId?: string): Promise<HttpProblem> {
    const problem = toProblem(error);
    if (problem.code === 'INTERNAL') this.dependencies.log.error({ err: error }, 'a message failed');
    await this.socket.send(refusalMessage(problem, taskId));
    return problem;
  }
}

const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
};
