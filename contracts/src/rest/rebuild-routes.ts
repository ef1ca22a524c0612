import { z } from 'zod';
import { rebuildState, rebuildSwap } from '../rebuild.js';
import { foreignId } from '../text.js';
import { defineRoute } from './route.js';

const onePath = '/api/admin/rebuilds/{projection}';
const one = z.strictObject({ projection: foreignId.min(1) });

/** Read models: built anew from the log while they are read. */
export const rebuildRoutes = {
  listRebuilds: defineRoute({
    id: 'listRebuilds',
    method: 'GET',
    path: '/api/admin/rebuilds',
    tag: 'rebuilds',
    summary: 'Read how the rebuild of each projection is',
    access: 'admin',
    errors: [],
    input: z.strictObject({}),
    from: 'query',
    success: {
      status: 200,
      body: z.array(rebuildState),
      description: 'All projections; there are no more pages',
    },
  }),
  getRebuild: defineRoute({
    id: 'getRebuild',
    method: 'GET',
    path: onePath,
    tag: 'rebuilds',
    summary: 'Follow the rebuild of a projection',
    access: 'admin',
    errors: ['UNKNOWN_PROJECTION'],
    input: one,
    from: 'query',
    success: { status: 200, body: rebuildState, description: 'How it is' },
  }),
  startRebuild: defineRoute({
    id: 'startRebuild',
    method: 'POST',
    path: onePath,
    tag: 'rebuilds',
    summary: 'Build a projection anew from the first event on',
    description:
      'Beside the tables that are read, which go on as they are. When it has caught up, both are compared; then it takes their place in one transaction, or waits for a look. One that was interrupted goes on where it was.',
    access: 'admin',
    audit: ['swap'],
    errors: ['UNKNOWN_PROJECTION', 'REBUILD_UNDER_WAY'],
    input: one.extend({ swap: rebuildSwap.default('when_equal') }),
    from: 'query-or-body',
    success: { status: 200, body: rebuildState, description: 'It has begun; GET follows it' },
  }),
  swapRebuild: defineRoute({
    id: 'swapRebuild',
    method: 'POST',
    path: `${onePath}/swap`,
    tag: 'rebuilds',
    summary: 'Put what was built in the place of what is read, equal or not',
    access: 'admin',
    errors: ['UNKNOWN_PROJECTION', 'REBUILD_UNDER_WAY', 'NOTHING_REBUILT'],
    input: one,
    from: 'query',
    success: { status: 200, body: rebuildState, description: 'It is what is read now' },
  }),
  clearRebuild: defineRoute({
    id: 'clearRebuild',
    method: 'DELETE',
    path: onePath,
    tag: 'rebuilds',
    summary: 'Drop what was built and not swapped in, and the old tables that a swap kept',
    access: 'admin',
    errors: ['UNKNOWN_PROJECTION', 'REBUILD_UNDER_WAY'],
    input: one,
    from: 'query',
    success: { status: 200, body: rebuildState, description: 'Nothing is left of it' },
  }),
} as const;
