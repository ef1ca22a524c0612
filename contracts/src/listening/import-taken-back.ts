import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';

export const ImportTakenBack = defineEvent({
  context: 'listening',
  name: 'import-taken-back',
  description: 'What an import told counts no more; what it had replaced does again.',
  schema: z.object({ user_id: id, import_id: id, taken_back_at: z.iso.datetime() }),
});
export type ImportTakenBackData = z.output<typeof ImportTakenBack.schema>;
