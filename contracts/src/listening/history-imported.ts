import { z } from 'zod';
import { defineEvent } from '../event.js';
import { objectReference } from '../object-reference.js';
import { importReport } from './import.js';

export const HistoryImported = defineEvent({
  context: 'listening',
  name: 'history-imported',
  description:
    'A data export was read. The plays that were kept are an object; the event holds its reference.',
  schema: z.object({
    ...importReport.omit({ plays_lost: true }).shape,
    plays: objectReference
      .nullable()
      .meta({ description: 'Normalised plays as gzipped JSON lines; null: none kept.' }),
  }),
});
export type HistoryImportedData = z.output<typeof HistoryImported.schema>;
