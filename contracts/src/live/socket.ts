import { z } from 'zod';
import { id } from '../id.js';
import { jobProblem, jobProgress } from '../jobs/job.js';
import { timeRange } from '../listening/snapshot.js';
import { problem } from '../rest/problem.js';

/** Where the gateway takes WebSockets. */
export const SOCKET_PATH = '/ws';

/** The protocol of its messages, for clients that name one: a browser that shows a token has to. */
export const SOCKET_PROTOCOL = 'undertone';
/** A page cannot set headers: it names a second protocol, which is this and its access token or key. */
export const SOCKET_BEARER_PREFIX = 'undertone.bearer.';

/** What a client sends, by its `action`: text messages of JSON. */
export const socketCommands = {
  ingest: z
    .strictObject({
      action: z.literal('ingest'),
      user_id: id.optional().meta({ description: 'Of whoever is signed in by default.' }),
      time_range: timeRange.default('medium_term'),
      idempotency_key: z.string().min(1).max(255).optional().meta({
        description:
          'As the header `Idempotency-Key` of the route: sent again, it is the same task, which is told of once.',
      }),
    })
    .meta({ description: 'Asks for an ingest, and follows its task.' }),
  subscribe: z
    .strictObject({
      action: z.literal('subscribe'),
      task_id: id,
      last_event_id: z
        .string()
        .regex(/^\d{1,15}$/, 'must be the event_id of a message')
        .optional()
        .meta({
          description:
            'Goes on behind the message with this `event_id`; one that is none of this task’s counts as none. Behind the last one, the end comes again.',
        }),
    })
    .meta({ description: 'Follows a task: every status once, in order, from the first on.' }),
} as const;
export type SocketAction = keyof typeof socketCommands;

export const socketCommand = z
  .discriminatedUnion('action', [socketCommands.ingest, socketCommands.subscribe])
  .meta({ id: 'SocketCommand' });

/** A task as it goes on. */
export const socketStatus = z.object({
  task_id: id,
  status: z.enum(['queued', 'started', 'progress', 'completed', 'failed']).meta({
    description: '`queued` comes again where an attempt failed or waits its turn, and is made again.',
  }),
  event_id: z.string(),
  attempt: z.int().min(0),
  progress: jobProgress.optional(),
  result: z.record(z.string(), z.unknown()).optional().meta({ description: 'With `completed`.' }),
  error: jobProblem.optional().meta({ description: 'With `failed`; `REVOKED`: the task was cancelled.' }),
});

/** Why a command was not followed. The connection stays. */
export const socketRefusal = z.object({
  status: z.literal('error'),
  task_id: id.optional(),
  error: jobProblem.extend({
    errors: problem.shape.errors,
    retry_after: z.int().optional().meta({ description: 'Seconds.' }),
  }),
});

/** What the server sends: text messages of JSON. */
export const socketMessage = z
  .discriminatedUnion('status', [socketStatus, socketRefusal])
  .meta({ id: 'SocketMessage' });
export type SocketStatus = z.output<typeof socketStatus>;
export type SocketRefusal = z.output<typeof socketRefusal>;
export type SocketMessage = z.output<typeof socketMessage>;
