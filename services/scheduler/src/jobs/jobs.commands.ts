import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Principal } from '@undertone/contracts/access/principal';
import {
  cancelJob,
  cancelTask,
  type Retry,
  retryJob,
  retryTask,
  type Task,
} from '@undertone/contracts/jobs/task';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { JobDecisions } from './job-decisions.js';

/** What people, and operators, decide about one job. */
@Controller()
export class JobCommands {
  constructor(@Inject(JobDecisions) private readonly decisions: JobDecisions) {}

  @Answers(cancelTask)
  async cancelOwn(
    @Payload(asked(cancelTask)) { task_id }: { task_id: string },
    @Caller() of: Principal,
  ): Promise<Task> {
    const reason = 'cancelled by the person who asked for it';
    return (await this.decisions.cancel(task_id, { of, reason })).answer;
  }

  @Answers(cancelJob)
  async cancelAny(@Payload(asked(cancelJob)) { task_id }: { task_id: string }): Promise<Task> {
    const reason = 'cancelled by an operator';
    return (await this.decisions.cancel(task_id, { of: 'anybody', reason })).answer;
  }

  @Answers(retryTask)
  async retryOwn(
    @Payload(asked(retryTask)) { task_id }: { task_id: string },
    @Caller() of: Principal,
  ): Promise<Retry> {
    return (await this.decisions.retry(task_id, { of })).answer;
  }

  @Answers(retryJob)
  async retryAny(@Payload(asked(retryJob)) { task_id }: { task_id: string }): Promise<Retry> {
    return (await this.decisions.retry(task_id, { of: 'anybody' })).answer;
  }
}
