import { z } from 'zod';
import { defineEvent } from '../event.js';
import { objectReference } from '../object-reference.js';
import { historyImportedV1 } from './history-imported-v1.js';
import { importReport } from './import.js';

export const HistoryImported = defineEvent({
  context: 'listening',
  name: 'history-imported',
  description: 'A data export was read. Its streams are an object; the event holds its reference.',
  schema: z.object({
    ...importReport.omit({ plays_lost: true }).shape,
    streams: objectReference.nullable().meta({
      description:
        'Streams of music as gzipped JSON lines, each once, whether or not it counts as a play; null: none. Of version 1: the plays that were kept.',
    }),
    skipped_rows: objectReference.nullable().optional().meta({
      description:
        'Rows that were not kept, as gzipped JSON lines; null: there are none. Absent: nobody wrote them down.',
    }),
  }),
  older: [historyImportedV1],
});
export type HistoryImportedData = z.output<typeof HistoryImported.schema>;
