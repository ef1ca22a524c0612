import { z } from 'zod';
import { id } from '../id.js';
import { cursor, limit, pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { type ServiceName, serviceNames } from '../service-name.js';
import { provider } from '../token/connection.js';

const count = z.int().min(0);

/** What was removed of one store. */
const removedStore = z
  .object({
    service: z.enum(serviceNames),
    store: z.string().meta({
      description: 'A table, a stream or a prefix of objects.',
      example: 'table play',
    }),
    removed: count.meta({
      description: 'Rows, events or objects. What a process had removed when it was killed may be missing.',
    }),
  })
  .meta({ id: 'RemovedStore' });
export type RemovedStore = z.output<typeof removedStore>;

/** Where a person takes back what they allowed at a provider that has no call for it. */
const allowedElsewhere = z
  .object({ provider, revoke_at: z.url({ protocol: /^https$/ }) })
  .meta({ id: 'AllowedElsewhere' });
export type AllowedElsewhere = z.output<typeof allowedElsewhere>;

/** One bounded piece of erasing a person; asked again until nothing is left. */
const erasePersonOf = (service: ServiceName) =>
  defineRpc({
    service,
    question: 'erase-person',
    access: 'service',
    isWrite: true,
    input: z.object({ user_id: id }),
    output: z.object({
      removed: z.array(removedStore).max(100),
      /** There may be more: ask again. */
      left: z.boolean(),
      allowed_elsewhere: z.array(allowedElsewhere).max(10).optional(),
    }),
    timeoutMs: 30_000,
  });
export type ErasedPiece = z.output<ReturnType<typeof erasePersonOf>['output']>;

/** In the order in which they are asked: jobs that run for the person stop first. */
export const erasePerson = {
  scheduler: erasePersonOf('scheduler'),
  token: erasePersonOf('token'),
  ingestion: erasePersonOf('ingestion'),
  insight: erasePersonOf('insight'),
} as const;

export const erasureQuestions = Object.values(erasePerson);

export const MOST_KNOWN_PEOPLE = 5_000;

/** Whom a service's rows and events name, by their ids, in the order of these; fewer than were asked for: they are all. */
const knownPeopleOf = (service: ServiceName) =>
  defineRpc({
    service,
    question: 'list-known-people',
    access: 'service',
    input: z.object({
      /** The last one of the page before; absent: from the first one. */
      after: id.optional(),
      limit: z.int().min(1).max(MOST_KNOWN_PEOPLE),
    }),
    output: z.object({ user_ids: z.array(id).max(MOST_KNOWN_PEOPLE) }),
    timeoutMs: 30_000,
  });
export type KnownPeoplePage = z.output<ReturnType<typeof knownPeopleOf>['input']>;
export type KnownPeople = z.output<ReturnType<typeof knownPeopleOf>['output']>;

/** Identity, which asks, has its own at hand. */
export const listKnownPeople = {
  scheduler: knownPeopleOf('scheduler'),
  token: knownPeopleOf('token'),
  ingestion: knownPeopleOf('ingestion'),
  insight: knownPeopleOf('insight'),
} as const;

export const knownPeopleQuestions = Object.values(listKnownPeople);

/** Where deleted rows may still be in a server's files: what is too large to be rewritten, or is not ours to rewrite. */
const notRewritten = z
  .array(z.string().meta({ description: 'A table, a log or a file of a server.', example: 'table play' }))
  .max(100);

/** Rewrites the files of the tables that people's rows were deleted from, so that the deleted rows are not in them any more. */
const rewriteTablesOf = (service: ServiceName) =>
  defineRpc({
    service,
    question: 'rewrite-tables',
    access: 'service',
    isWrite: true,
    input: z.object({}),
    output: z.object({ not_rewritten: notRewritten }),
    timeoutMs: 60_000,
  });
export type RewrittenTables = z.output<ReturnType<typeof rewriteTablesOf>['output']>;

/** Identity, which asks, has its own at hand. */
export const rewriteTables = {
  scheduler: rewriteTablesOf('scheduler'),
  token: rewriteTablesOf('token'),
  ingestion: rewriteTablesOf('ingestion'),
  insight: rewriteTablesOf('insight'),
} as const;

export const rewriteQuestions = Object.values(rewriteTables);

/** Has the servers rewrite what is no service's own: logs and statistics. */
export const rewriter: ServiceName = 'identity';

const receiptCode = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** The answer to whoever asks to be erased. */
export const begunErasure = z
  .object({
    task_id: id.meta({
      description: 'Whoever signs in cannot follow it: the sign-in ends with this answer.',
    }),
    status: z.literal('queued'),
    receipt_code: receiptCode.meta({
      description: 'Shows the receipt at `GET /api/erasures/{receipt_code}`. It is told once: keep it.',
    }),
  })
  .meta({ id: 'BegunErasure' });

export const erasureReceipt = z
  .object({
    status: z.enum(['pending', 'done']),
    pseudonym: id.meta({ description: 'What the audit and the list of erasures know the person by.' }),
    requested_at: z.iso.datetime(),
    done_at: z.iso.datetime().nullable(),
    removed: z.array(removedStore).max(200),
    rewritten_at: z.iso.datetime().nullable().meta({
      description:
        'When Postgres and Redis had rewritten their files, in which deleted rows stand until then; that is at most about an hour after `done_at`.',
    }),
    not_rewritten: notRewritten.meta({
      description: 'Where deleted rows stay until whoever runs the installation has the server rewrite it.',
    }),
    allowed_elsewhere: z.array(allowedElsewhere).max(10),
  })
  .meta({ id: 'ErasureReceipt' });
export type ErasureReceipt = z.output<typeof erasureReceipt>;

export const beginErasure = defineRpc({
  service: 'identity',
  question: 'begin-erasure',
  access: { owner: 'user_id', by: 'fresh_session' },
  isWrite: true,
  input: z.object({ user_id: id }),
  output: begunErasure,
});

export const getErasure = defineRpc({
  service: 'identity',
  question: 'get-erasure',
  access: 'public',
  input: z.object({ receipt_code: receiptCode }),
  output: erasureReceipt,
});

export const erasureByCode = z.strictObject({ receipt_code: receiptCode });

/** An erasure as operators see it. */
export const listedErasure = z
  .object({ pseudonym: id, requested_at: z.iso.datetime(), erased_at: z.iso.datetime().nullable() })
  .meta({ id: 'ListedErasure' });

export type ListedErasure = z.output<typeof listedErasure>;

/** The newest first. */
export const listErasures = defineRpc({
  service: 'identity',
  question: 'list-erasures',
  access: 'admin',
  input: z.object({ limit, cursor }),
  output: pageSchema(listedErasure),
});

export const MOST_PSEUDONYMS = 1_000;

/** Whom to look for: everybody whose pseudonym is among these is erased again. */
export const pseudonymsToErase = z.strictObject({
  pseudonyms: z.array(id).min(1).max(MOST_PSEUDONYMS),
  dry_run: z.boolean().default(true).meta({ description: 'Only says who would be erased.' }),
});

export type PseudonymsToErase = z.output<typeof pseudonymsToErase>;

export const erasedAgain = z
  .object({
    found: z.array(id).max(MOST_PSEUDONYMS).meta({ description: 'Pseudonyms of people who are here.' }),
    task_ids: z
      .array(id)
      .max(MOST_PSEUDONYMS)
      .meta({ description: 'The tasks that erase them; none of a dry run.' }),
  })
  .meta({ id: 'ErasedAgain' });

export const eraseAgain = defineRpc({
  service: 'identity',
  question: 'erase-again',
  access: 'fresh_admin',
  isWrite: true,
  input: pseudonymsToErase,
  output: erasedAgain,
  timeoutMs: 60_000,
});
