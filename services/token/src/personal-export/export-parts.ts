import { MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { tables } from '@undertone/contracts/personal-data/stores';
import { tokenAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { EXPORT_PARTS } from '@undertone/platform/nest/export.controller';
import { eventPart } from '@undertone/platform/personal-data/event-part';
import type { ExportPart } from '@undertone/platform/personal-data/export-part';
import { tableParts } from '@undertone/platform/personal-data/table-parts';

/** What token has for a person's export: no token is in it. */
export const exportParts: FactoryProvider<readonly ExportPart[]> = {
  provide: EXPORT_PARTS,
  inject: [MikroORM, EventStore],
  useFactory: (orm: MikroORM, store: EventStore) => [
    ...tableParts(orm, tables.token),
    eventPart(store, 'events/token.jsonl', tokenAggregate),
  ],
};
