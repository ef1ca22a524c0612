import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { owns, type Principal } from '@undertone/contracts/access/principal';
import { getTask, type OwnedTask } from '@undertone/contracts/jobs/task';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { BackgroundJob } from './background-job.entity.js';
import { taskOf } from './job-row.js';

@Controller()
export class JobQueries {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  @Answers(getTask)
  async task(
    @Payload(asked(getTask)) question: { task_id: string },
    @Caller() caller: Principal,
  ): Promise<{ found: OwnedTask | null }> {
    const row = await this.orm.em.fork().findOne(BackgroundJob, { id: question.task_id });
    return { found: row && owns(caller, row.userId) ? taskOf(row) : null };
  }
}
