import { z } from 'zod';
import type { OlderVersion } from '../event.js';
import { id } from '../id.js';
import { objectReference } from '../object-reference.js';

const skipReason = z.enum([
  'incognito',
  'too_short_and_skipped',
  'duplicate_in_import',
  'duplicate_of_history',
  'duplicate_of_spotify',
  'not_music',
  'unreadable',
]);

const schema = z.object({
  import_id: id,
  user_id: id,
  rows: z.int().min(0),
  kept: z.int().min(0),
  skipped: z.partialRecord(skipReason, z.int().min(1)),
  replaced: z.int().min(1).optional(),
  files: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['extended', 'account_data', 'not_history']),
      rows: z.int().min(0),
      kept: z.int().min(0),
    }),
  ),
  unreadable: z.array(z.object({ file: z.string(), row: z.int().min(1), reason: z.string() })).max(100),
  first_played_at: z.iso.datetime().nullable(),
  last_played_at: z.iso.datetime().nullable(),
  covers: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }).optional(),
  imported_at: z.iso.datetime(),
  plays: objectReference.nullable(),
});

/** Its object has the plays that were kept by the rule of then, and nothing of the other streams. */
export const historyImportedV1: OlderVersion = {
  schema,
  upcast: ({ plays, ...report }: z.output<typeof schema>) => ({ ...report, streams: plays }),
};
