import { z } from 'zod';
import type { Principal } from '../access/principal.js';
import { id } from '../id.js';
import { moment } from '../moment.js';
import { cursor, limit } from '../paging.js';
import { foreignId } from '../text.js';

/** The id of a route, or of what is done without one: `person-erased`. */
export const auditedAction = z
  .string()
  .regex(/^[A-Za-z][A-Za-z-]{0,99}$/)
  .meta({
    description:
      'The `operationId` of a route; `requests-denied`; or what was done without a route, as `person-erased`.',
  });

export const calledBy = z
  .enum(['anonymous', 'session', 'api_key', 'open_mode', 'command_line', 'service'])
  .meta({
    id: 'CalledBy',
    description:
      '`open_mode`: whoever reached an installation without sign-in. `command_line`: whoever runs the installation. `service`: a job.',
  });
export type CalledBy = z.output<typeof calledBy>;

const ways: Readonly<Record<Principal['authenticated_by'], CalledBy>> = {
  nothing: 'anonymous',
  open_mode: 'open_mode',
  session: 'session',
  api_key: 'api_key',
  internal: 'service',
};

/** How the audit says that somebody called. */
export const wayOf = ({ authenticated_by }: Pick<Principal, 'authenticated_by'>): CalledBy =>
  ways[authenticated_by];

/** Of a list that is longer, its length. */
export const MOST_TARGETS = 10;
const target = z.union([foreignId, z.number(), z.boolean(), z.array(foreignId).max(MOST_TARGETS)]);
/** What it was done to, and what was given: ids that are no person's but a pseudonym, and words of closed lists. Nothing that a person typed. */
export const targets = z.record(z.string().max(50), target).meta({
  description:
    'What it was done to, by its ids and names; never a person but by a pseudonym, and nothing secret. Of more than ten, how many.',
});
export type Targets = z.output<typeof targets>;

/** A keyed hash of an address, whose key is in memory alone and another one each day. */
export const originMark = z.string().regex(/^[0-9a-f]{16}$/);

export const MOST_DENIALS = 20;
export const denials = z
  .array(
    z.object({
      /** The route's id; null: of several, or of none. */
      what: auditedAction.nullable(),
      code: z.string().max(100),
      times: z.int().min(1),
    }),
  )
  .max(MOST_DENIALS);
export type Denials = z.output<typeof denials>;

/** One entry of the audit, as admins read it. */
export const auditRecord = z
  .object({
    id,
    at: z.iso.datetime(),
    what: auditedAction,
    actor: id
      .nullable()
      .meta({ description: 'A pseudonym. Null: the operator, or somebody who had not signed in.' }),
    actor_user_id: id.nullable().meta({ description: 'Whose pseudonym it is, while they are here.' }),
    by: calledBy,
    is_admin: z.boolean(),
    credential: id.nullable().meta({ description: 'The session or key that they came with.' }),
    subject: id.nullable().meta({ description: 'A pseudonym: whom it was about.' }),
    subject_user_id: id.nullable(),
    targets,
    status: z.int().nullable().meta({ description: 'Of the answer. Null: it was not done by a request.' }),
    code: z.string().nullable().meta({ description: 'Of the problem that it was answered with.' }),
    denied: z
      .object({
        origin: originMark
          .nullable()
          .meta({ description: 'A mark for an address, by which none can be found; another one each day.' }),
        callers: z.int().min(1).meta({ description: 'How many callers are counted together.' }),
        until: z.iso.datetime(),
        denials,
      })
      .nullable()
      .meta({
        description: 'Of `requests-denied`: what was denied to a caller within a minute, from `at` on.',
      }),
  })
  .meta({ id: 'AuditRecord' });
export type AuditRecord = z.output<typeof auditRecord>;

export const auditQuery = z.strictObject({
  actor: id.optional().meta({
    description:
      'Of this user, by their id or pseudonym; the id of zeros: of the operator and of who had not signed in.',
  }),
  subject: id.optional().meta({ description: 'About this user, by their id or pseudonym.' }),
  what: auditedAction.optional(),
  since: moment.optional(),
  until: moment.optional(),
  limit,
  cursor,
});
export type AuditQuery = z.output<typeof auditQuery>;
