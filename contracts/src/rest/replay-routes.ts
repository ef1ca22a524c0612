import { z } from 'zod';
import { id } from '../id.js';
import { replay, replayBudget, replayOrder, replayOrdered } from '../replay/replay.js';
import { replayReport } from '../replay/replay-report.js';
import { replayQuery } from '../replay/rpc.js';
import { defineRoute } from './route.js';

const oneReplay = z.strictObject({ replay_id: id });
const tag = 'replays';
const shown = { status: 200, body: replay, description: 'The replay with the decision made' } as const;

/** Replays: ordering one, following it, and every decision on it. */
export const replayRoutes = {
  orderReplay: defineRoute({
    id: 'orderReplay',
    method: 'POST',
    path: '/api/admin/replays',
    tag,
    summary: 'Write the insights of past snapshots again with a version of a prompt',
    description:
      'Nothing of it is shown before the replay is activated, then all of it at one moment. With `dry_run` nothing is written and the answer says what it would take. The same order again, while its replay is not over, is that replay.',
    access: 'admin',
    errors: ['PROMPT_NOT_FOUND', 'PROMPT_VERSION_UNKNOWN'],
    input: replayOrder.extend({ dry_run: z.boolean().default(false) }),
    from: 'body',
    success: { status: 200, body: replayOrdered, description: 'The estimate, and the replay' },
  }),
  listReplays: defineRoute({
    id: 'listReplays',
    method: 'GET',
    path: '/api/admin/replays',
    tag,
    summary: 'Read replays, newest first',
    description: 'A hundred, or as many as fit into an answer; the next ones are in `Link`.',
    access: 'admin',
    errors: [],
    input: replayQuery,
    from: 'query',
    success: { status: 200, body: z.array(replay), description: 'Replays; the next page is in `Link`' },
  }),
  getReplay: defineRoute({
    id: 'getReplay',
    method: 'GET',
    path: '/api/admin/replays/{replay_id}',
    tag,
    summary: 'Follow a replay',
    access: 'admin',
    errors: ['REPLAY_NOT_FOUND'],
    input: oneReplay,
    from: 'query',
    success: { status: 200, body: replay, description: 'The replay' },
  }),
  followReplay: defineRoute({
    id: 'followReplay',
    method: 'GET',
    path: '/api/admin/replays/{replay_id}/events',
    tag,
    summary: 'Follow a replay as a stream of events',
    description:
      'Server-sent events `replay`, each with the whole replay as JSON, whenever it changed; a comment every 15 seconds; it ends when the replay is over. Each event stands for itself, so who comes back with `Last-Event-ID` misses nothing.',
    access: 'admin',
    errors: ['REPLAY_NOT_FOUND'],
    input: oneReplay,
    from: 'query',
    success: { status: 200, body: replay, description: 'One event’s data', stream: true },
  }),
  getReplayReport: defineRoute({
    id: 'getReplayReport',
    method: 'GET',
    path: '/api/admin/replays/{replay_id}/report',
    tag,
    summary: 'Compare what a replay wrote with what readers have now',
    access: 'admin',
    errors: ['REPLAY_NOT_FOUND'],
    input: oneReplay,
    from: 'query',
    success: { status: 200, body: replayReport, description: 'The comparison' },
  }),
  approveReplay: defineRoute({
    id: 'approveReplay',
    method: 'POST',
    path: '/api/admin/replays/{replay_id}/go',
    tag,
    summary: 'After the canary, go on with the rest',
    access: 'admin',
    errors: ['REPLAY_NOT_FOUND', 'REPLAY_STATE'],
    input: oneReplay,
    from: 'body',
    success: shown,
  }),
  pauseReplay: defineRoute({
    id: 'pauseReplay',
    method: 'POST',
    path: '/api/admin/replays/{replay_id}/pause',
    tag,
    summary: 'Request nothing more for now',
    description: 'What is under way ends: `window` jobs at most.',
    access: 'admin',
    errors: ['REPLAY_NOT_FOUND', 'REPLAY_STATE'],
    input: oneReplay,
    from: 'body',
    success: shown,
  }),
  resumeReplay: defineRoute({
    id: 'resumeReplay',
    method: 'POST',
    path: '/api/admin/replays/{replay_id}/resume',
    tag,
    summary: 'Go on; after a completion with failures, try again what failed',
    access: 'admin',
    errors: ['REPLAY_NOT_FOUND', 'REPLAY_STATE'],
    input: oneReplay.extend({
      budget: replayBudget.optional().meta({ description: 'In place of the one it was ordered with.' }),
    }),
    from: 'body',
    success: shown,
  }),
  cancelReplay: defineRoute({
    id: 'cancelReplay',
    method: 'POST',
    path: '/api/admin/replays/{replay_id}/cancel',
    tag,
    summary: 'End a replay; what it wrote stays hidden',
    access: 'admin',
    errors: ['REPLAY_NOT_FOUND', 'REPLAY_STATE'],
    input: oneReplay,
    from: 'body',
    success: shown,
  }),
  activateReplay: defineRoute({
    id: 'activateReplay',
    method: 'POST',
    path: '/api/admin/replays/{replay_id}/activate',
    tag,
    summary: 'Show what a complete replay wrote, and make its version the one in use',
    access: 'admin',
    errors: ['REPLAY_NOT_FOUND', 'REPLAY_STATE', 'CACHE_UNAVAILABLE'],
    input: oneReplay.extend({
      allow_failures: z
        .boolean()
        .default(false)
        .meta({ description: 'Activate although some snapshots keep their old insight.' }),
    }),
    from: 'body',
    success: shown,
  }),
  rollBackReplay: defineRoute({
    id: 'rollBackReplay',
    method: 'POST',
    path: '/api/admin/replays/{replay_id}/rollback',
    tag,
    summary: 'Take an activation back: the old insights and the old version',
    access: 'admin',
    errors: ['REPLAY_NOT_FOUND', 'REPLAY_STATE', 'CACHE_UNAVAILABLE'],
    input: oneReplay,
    from: 'body',
    success: shown,
  }),
} as const;
