import { z } from 'zod';
import { id } from '../id.js';
import { objectReference } from '../object-reference.js';
import { defineRpc } from '../rpc.js';

/** What is in a link: 256 random-looking bits in base64url. */
export const exportCode = z.string().regex(/^[\w-]{43}$/);

/** An export of all that a person has here, as they see it. */
export const personalExport = z
  .object({
    export_id: id,
    task_id: id,
    status: z.enum(['pending', 'ready', 'failed', 'expired']).meta({
      description: '`pending`: follow the task; `expired`: the archive is deleted, ask for another.',
    }),
    requested_at: z.iso.datetime(),
    as_of: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'What came later may be missing; null until it is ready.' }),
    size: z.int().min(0).nullable().meta({ description: 'Of the archive, in bytes.' }),
    link: z.string().nullable().meta({
      description:
        'Path of the archive, good for whoever has it until `expires_at`. Null unless it is ready.',
    }),
    expires_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'PersonalExport' });
export type PersonalExport = z.output<typeof personalExport>;

/** Begins an export, unless one of the person's is under way: that one is given. */
export const beginExport = defineRpc({
  service: 'identity',
  question: 'begin-export',
  access: { owner: 'user_id', by: 'fresh_session' },
  isWrite: true,
  input: z.object({ user_id: id }),
  output: z.object({ task_id: id }),
});

/** A person's newest export. */
export const getExport = defineRpc({
  service: 'identity',
  question: 'get-export',
  access: { owner: 'user_id', by: 'session' },
  input: z.object({ user_id: id }),
  output: personalExport,
});

/** Where the archive is that a link names; it is sealed under the link's code. */
export const getArchive = defineRpc({
  service: 'identity',
  question: 'get-archive',
  access: 'public',
  input: z.object({ code: exportCode }),
  output: z.object({ archive: objectReference, file_name: z.string(), user_id: id }),
});
