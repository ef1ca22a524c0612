import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { tables } from '@undertone/contracts/personal-data/stores';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { EXPORT_PARTS } from '@undertone/platform/nest/export.controller';
import { eventLine } from '@undertone/platform/personal-data/event-part';
import { type ExportPart, filePart, lines } from '@undertone/platform/personal-data/export-part';
import { tableParts } from '@undertone/platform/personal-data/table-parts';
import { BackgroundJob } from '../jobs/background-job.entity.js';

/** Jobs whose events are read at once: each is a few questions to the log. */
const JOBS = 50;

/** What the scheduler has for a person's export. */
export const exportParts: FactoryProvider<readonly ExportPart[]> = {
  provide: EXPORT_PARTS,
  inject: [MikroORM, EventStore],
  useFactory: (orm: MikroORM, store: EventStore) => [
    ...tableParts(orm, tables.scheduler),
    filePart(
      'events/jobs.jsonl',
      lines,
      async (userId, after, limit) => {
        const jobs = await orm.em
          .fork()
          .find(
            BackgroundJob,
            { userId, ...(after !== undefined && { id: { $gt: after } }) },
            { orderBy: { id: 'asc' }, limit, fields: ['id'], disableIdentityMap: true },
          );
        return Promise.all(
          jobs.map(async ({ id }) => {
            const events = await store.readFiltered('JOBS', anyJobFilter(id));
            return { text: events.map(eventLine).join(''), key: id };
          }),
        );
      },
      JOBS,
    ),
  ],
};
