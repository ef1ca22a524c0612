import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { exportPerson } from '@undertone/contracts/jobs/export-person';
import { isTerminal } from '@undertone/contracts/jobs/job';
import { beginExport } from '@undertone/contracts/personal-data/personal-export';
import { jobAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { requestDerivedJob } from '@undertone/platform/jobs/request-job';
import { evolveTask } from '@undertone/platform/jobs/task';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { lockedUser } from '../users/locked-user.js';
import { PersonalExport } from './personal-export.entity.js';

const LANE = 'interactive';

@Controller()
export class ExportCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
  ) {}

  /**
   * The row first, then the job, whose id is the row's. Where the process dies between the two, the person who asks again has the job
   * requested.
   */
  @Answers(beginExport)
  async begin(@Payload(asked(beginExport)) { user_id }: { user_id: string }): Promise<{ task_id: string }> {
    let exportId = await this.underWay(user_id);
    if (await this.isOver(exportId)) {
      // What follows from a failure has not been done yet; the job ends as it ended.
      const { orm } = this;
      await orm.em
        .fork()
        .nativeUpdate(PersonalExport, { id: exportId, endedAt: null }, { endedAt: new Date() });
      exportId = await this.underWay(user_id);
    }
    const payload = { user_id, export_id: exportId };
    await requestDerivedJob(this.store, exportPerson, {
      jobId: exportId,
      payload,
      lane: LANE,
      source: 'identity',
    });
    return { task_id: exportId };
  }

  /** The person's export that is under way; a new one where none is. @throws {Refused} `USER_NOT_FOUND` */
  private underWay(userId: string): Promise<string> {
    return this.orm.em.fork().transactional(async (em) => {
      // One at a time goes on for a person, and none for whoever is erased.
      await lockedUser(em, userId);
      const known = await em.findOne(PersonalExport, { userId, endedAt: null });
      if (known) return known.id;
      const id = newId();
      await em.insert(PersonalExport, { id, userId, requestedAt: new Date() });
      return id;
    });
  }

  private async isOver(jobId: string): Promise<boolean> {
    const { stream, filter } = jobAggregate(exportPerson.queue, LANE, jobId);
    const last = await this.store.last(stream, filter);
    const owned = last && evolveTask(undefined, last);
    return owned !== undefined && isTerminal(owned.task.status);
  }
}
