import { z } from 'zod';
import { defineRpc } from '../rpc.js';
import { type ServiceName, serviceNames } from '../service-name.js';
import { foreignId, text } from '../text.js';

const number = z.int().min(0);
const bytes = z.number().min(0);
const growth = z.number().nullable().meta({
  description:
    'Bytes a day since the replica that answers looked first; null: that is less than ten minutes ago.',
});

const table = z.object({
  name: foreignId,
  rows: number.meta({ description: 'As Postgres estimates.' }),
  table_bytes: bytes,
  index_bytes: bytes,
  growth_per_day: growth,
});

const statement = z.object({
  query: text.meta({ description: 'Without its values.' }),
  calls: number,
  mean_ms: z.number().min(0),
  total_ms: z.number().min(0),
});

const database = z.object({
  version: foreignId,
  pool: z
    .object({ open: number, idle: number, waiting: number, most: number })
    .meta({ description: 'Connections of the replica that answers, and who waits for one.' }),
  tables: z.array(table).meta({ description: 'Of the service, the largest first.' }),
  slowest: z.array(statement).nullable().meta({
    description:
      'Of the service, by their mean time; null: Postgres does not have `pg_stat_statements`. To have it, start Postgres with `shared_preload_libraries = pg_stat_statements` and `pg_stat_statements.track_utility = off`, and provision again.',
  }),
});

const stream = z.object({
  name: foreignId,
  messages: number,
  bytes,
  first_at: z.iso.datetime().nullable(),
  last_at: z.iso.datetime().nullable(),
  keeps_days: z.number().min(0).nullable().meta({ description: 'Null: for ever.' }),
  in_30_days: bytes.nullable().meta({
    description:
      'Bytes in thirty days, if it grows as it did since its first message; null: that is less than an hour ago.',
  }),
});
export type StreamSize = z.output<typeof stream>;

const budget = z.object({
  limit: z.number().min(0).nullable().meta({ description: 'Null: none is set.' }),
  used: z.number().meta({ description: 'Calls under way count with their upper estimate.' }),
});

/** What calls of language models may take in the UTC day that it is, and what they took. */
const modelBudgets = z.object({
  day: z.iso.date(),
  resets_at: z.iso.datetime(),
  tokens: budget,
  usd: budget,
  per_person: z
    .object({ tokens: budget, usd: budget })
    .meta({ description: 'The limit of each person, and what the one took who took most.' }),
});
export type ModelBudgets = z.output<typeof modelBudgets>;

/** A service's part of the system. */
export const servicePart = z.object({
  service: z.enum(serviceNames),
  version: foreignId,
  node: foreignId,
  memory_bytes: bytes.meta({ description: 'Of the replica that answers.' }),
  database,
  streams: z.array(stream).meta({ description: 'Those that the service reads or writes.' }),
  /** Of the one that asks models. */
  budgets: modelBudgets.optional(),
});
export type ServicePart = z.output<typeof servicePart>;

export const redisPart = z.object({
  version: foreignId,
  hit_rate: z.number().min(0).max(1).nullable().meta({
    description: 'Of what was looked up since Redis started; null: nothing was.',
  }),
  hits: number,
  misses: number,
  memory_bytes: bytes,
  memory_limit: bytes.nullable(),
  expired: number,
  evicted: number,
});
export type RedisPart = z.output<typeof redisPart>;

export const systemState = z
  .object({
    services: z.array(servicePart.omit({ streams: true, budgets: true })),
    unanswered: z.array(z.enum(serviceNames)).meta({ description: 'Services that did not answer.' }),
    nats: z.object({ version: foreignId }),
    redis: redisPart.nullable().meta({ description: 'Null: it does not answer.' }),
    budgets: modelBudgets.nullable().meta({
      description:
        'Of language models; null: the insight service does not answer, or is of an older release.',
    }),
    streams: z.array(stream),
    disk: z
      .object({
        streams_bytes: bytes,
        streams_in_30_days: bytes.nullable().meta({
          description: 'Those that are too young to tell stay as they are; null where all are.',
        }),
        tables_bytes: bytes,
        tables_in_30_days: bytes.nullable(),
      })
      .meta({ description: 'A forecast by what it was lately; of one copy of each stream.' }),
  })
  .meta({ id: 'SystemState' });
export type SystemState = z.output<typeof systemState>;

export const getSystem = (service: ServiceName) =>
  defineRpc({
    service,
    question: 'get-system',
    access: 'admin',
    input: z.object({}),
    output: servicePart,
  });

export const systemQuestions = serviceNames.map(getSystem);
