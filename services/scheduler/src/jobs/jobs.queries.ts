import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { getTask, type OwnedTask } from '@undertone/contracts/jobs/task';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { BackgroundJob } from './background-job.entity.js';
import { taskOf } from './job-row.js';

@Controller()
export class JobQueries {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  @Answers(getTask)
  async task(@Payload(asked(getTask)) question: { task_id: string }): Promise<{ found: OwnedTask | null }> {
    const row = await this.orm.em.fork().findOne(BackgroundJob, { id: question.task_id });
    return { found: row ? taskOf(row) : null };
  }
}
