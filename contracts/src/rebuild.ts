import { z } from 'zod';
import { defineRpc } from './rpc.js';
import type { ServiceName } from './service-name.js';
import { foreignId, text } from './text.js';

/** Services that keep read models. */
export const rebuildingServices = [
  'identity',
  'ingestion',
  'insight',
  'scheduler',
] as const satisfies readonly ServiceName[];

export const rebuildStatus = z.enum(['none', 'building', 'equal', 'different', 'swapped', 'failed']).meta({
  id: 'RebuildStatus',
  description:
    '`none`: never rebuilt, or cleared. `equal`, `different`: built beside what is read, and compared with it. `swapped`: it is what is read now, and the old tables are kept until they are dropped.',
});

/** A table of the projection, as it is read and as it was built anew, at the same place in the log. */
const rebuiltTable = z
  .object({ name: z.string(), rows: z.int().min(0), rebuilt_rows: z.int().min(0), equal: z.boolean() })
  .meta({ id: 'RebuiltTable' });
export type RebuiltTable = z.output<typeof rebuiltTable>;

export const rebuildState = z
  .object({
    projection: foreignId.meta({ description: 'The name of its durable consumer.' }),
    service: z.enum(rebuildingServices),
    status: rebuildStatus,
    sequence: z.int().min(0).meta({ description: 'Stream sequence up to which it is built.' }),
    target: z.int().min(0).meta({ description: 'Stream sequence that is read now.' }),
    events: z.int().min(0).meta({ description: 'Events applied by the latest run.' }),
    events_per_second: z.number().min(0).nullable(),
    tables: z.array(rebuiltTable).meta({ description: 'Empty until they were compared.' }),
    error: text.nullable(),
    started_at: z.iso.datetime().nullable(),
    updated_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'RebuildState' });
export type RebuildState = z.output<typeof rebuildState>;

export const rebuildSwap = z.enum(['when_equal', 'always', 'never']).meta({
  id: 'RebuildSwap',
  description:
    'Whether what was built takes the place of what is read. A projection that was changed builds other rows: `never`, look, then swap.',
});
export type RebuildSwap = z.output<typeof rebuildSwap>;

const projection = foreignId.min(1);

export const listRebuilds = (service: ServiceName) =>
  defineRpc({
    service,
    question: 'list-rebuilds',
    access: 'admin',
    input: z.object({}),
    output: z.object({ rebuilds: z.array(rebuildState) }),
  });

/** Builds a projection's tables anew beside those that are read; one that was interrupted goes on where it was. */
export const startRebuild = (service: ServiceName) =>
  defineRpc({
    service,
    question: 'start-rebuild',
    access: 'admin',
    isWrite: true,
    input: z.object({ projection, swap: rebuildSwap }),
    output: rebuildState,
  });

/** Puts what was built in the place of what is read, equal or not. */
export const swapRebuild = (service: ServiceName) =>
  defineRpc({
    service,
    question: 'swap-rebuild',
    access: 'admin',
    isWrite: true,
    input: z.object({ projection }),
    output: rebuildState,
    timeoutMs: 30_000,
  });

/** Drops what was built and not swapped in, and the old tables of what was. */
export const clearRebuild = (service: ServiceName) =>
  defineRpc({
    service,
    question: 'clear-rebuild',
    access: 'admin',
    isWrite: true,
    input: z.object({ projection }),
    output: rebuildState,
  });

/** What each service that keeps read models answers about their rebuilds. */
export const rebuildQuestions = rebuildingServices.flatMap((service) => [
  listRebuilds(service),
  startRebuild(service),
  swapRebuild(service),
  clearRebuild(service),
]);
