import { z } from 'zod';
import { healthReport } from '../health.js';
import { id } from '../id.js';
import { registeredUser, registration } from '../identity/user.js';
import { allowNames, fresh, insight, insightType, toneMode } from '../insight/insight.js';
import { languageModels } from '../insight/language-model.js';
import { givenFeedback, insightFeedback, insightQuery } from '../insight/rpc.js';
import { task } from '../jobs/task.js';
import { compareQuery, comparison } from '../listening/comparison.js';
import { historyQuery, playedTrack } from '../listening/history.js';
import { shownImport } from '../listening/import.js';
import { snapshotQuery } from '../listening/rpc.js';
import { snapshot, timeRange } from '../listening/snapshot.js';
import { topEntry, topQuery } from '../listening/top.js';
import { trend, trendsQuery } from '../listening/trends.js';
import { linkState, tokenSubmission } from '../token/token.js';
import { deadLetterRoutes } from './dead-letter-routes.js';
import { keyRoutes } from './key-routes.js';
import { promptRoutes } from './prompt-routes.js';
import { queuedTask } from './queued-task.js';
import { rebuildRoutes } from './rebuild-routes.js';
import { replayRoutes } from './replay-routes.js';
import { defineRoute } from './route.js';
import { scheduleRoutes } from './schedule-routes.js';

const taskPath = z.strictObject({ task_id: id });

/** Every route of the public API, in one place. */
export const routes = {
  registerUser: defineRoute({
    id: 'registerUser',
    method: 'POST',
    path: '/api/users/register',
    tag: 'users',
    summary: 'Register a person',
    description:
      'The same `spotify_user_id` again gives the same `user_id`. The body is the better place for what says who a person is: a URL ends up in the logs of proxies and in the history of browsers.',
    input: registration,
    from: 'query-or-body',
    textBody: true,
    success: { status: 200, body: registeredUser, description: 'The user' },
  }),
  storeTokens: defineRoute({
    id: 'storeTokens',
    method: 'POST',
    path: '/api/tokens/store',
    tag: 'tokens',
    summary: 'Store a person’s Spotify tokens',
    description:
      'They are encrypted at once; no answer ever shows a token. Put them in the body: a URL ends up in the logs of proxies and in the history of browsers, though not in Undertone’s own logs.',
    input: tokenSubmission,
    from: 'query-or-body',
    textBody: true,
    success: { status: 200, body: linkState, description: 'What may be said of the tokens' },
  }),
  ingestListening: defineRoute({
    id: 'ingestListening',
    method: 'POST',
    path: '/api/listening/ingest',
    tag: 'listening',
    summary: 'Fetch a person’s listening and compute the day’s snapshot',
    description:
      'What was fetched a short while ago is not fetched again; the task’s result then says `reused`, and when the lists are from. Of a person who linked no Spotify account but imported a data export, the snapshot is computed from their own plays, for the range that ends with the last day of their history.',
    input: z.strictObject({ user_id: id, time_range: timeRange }),
    from: 'query-or-body',
    textBody: true,
    success: { status: 202, body: queuedTask, description: 'The task to follow' },
  }),
  listSnapshots: defineRoute({
    id: 'listSnapshots',
    method: 'GET',
    path: '/api/listening/snapshots',
    tag: 'listening',
    summary: 'Read a person’s snapshots, newest first',
    input: snapshotQuery,
    from: 'query',
    success: { status: 200, body: z.array(snapshot), description: 'Snapshots; the next page is in `Link`' },
  }),
  getSnapshot: defineRoute({
    id: 'getSnapshot',
    method: 'GET',
    path: '/api/listening/snapshots/{snapshot_id}',
    tag: 'listening',
    summary: 'Read one snapshot',
    description: 'One that a later snapshot of the same day and range replaced stays readable here.',
    input: z.strictObject({ snapshot_id: id }),
    from: 'query',
    success: { status: 200, body: snapshot, description: 'The snapshot' },
  }),
  compareSnapshots: defineRoute({
    id: 'compareSnapshots',
    method: 'GET',
    path: '/api/listening/compare',
    tag: 'listening',
    summary: 'Compare two snapshots of a person',
    description:
      'What changed from `a` to `b`. Where the two were not made in the same way, `comparable` is false and `mismatches` says why.',
    input: compareQuery,
    from: 'query',
    success: { status: 200, body: comparison, description: 'The changes, b − a' },
  }),
  listHistory: defineRoute({
    id: 'listHistory',
    method: 'GET',
    path: '/api/listening/history',
    tag: 'listening',
    summary: 'Read a person’s plays, newest first',
    description: 'What Spotify’s API told and what was imported, each play once.',
    input: historyQuery,
    from: 'query',
    success: { status: 200, body: z.array(playedTrack), description: 'Plays; the next page is in `Link`' },
  }),
  listTrends: defineRoute({
    id: 'listTrends',
    method: 'GET',
    path: '/api/listening/trends',
    tag: 'listening',
    summary: 'Hours, moods and features of a person’s listening by day, week or month, newest first',
    description:
      'Whole buckets: the first holds `from`, or the first play, and the last holds `to`, or today. One without plays is there, with zero.',
    input: trendsQuery,
    from: 'query',
    success: { status: 200, body: z.array(trend), description: 'Buckets; the next page is in `Link`' },
  }),
  listTop: defineRoute({
    id: 'listTop',
    method: 'GET',
    path: '/api/listening/top',
    tag: 'listening',
    summary: 'What a person played most: artists, tracks or albums of any period, by count or time',
    description:
      'A play counts for each of its track’s artists. By time, what has no known length stands at the end. Albums, and artists of an export, are told apart by their names.',
    input: topQuery,
    from: 'query',
    success: { status: 200, body: z.array(topEntry), description: 'Most first; the next page is in `Link`' },
  }),
  createImport: defineRoute({
    id: 'createImport',
    method: 'POST',
    path: '/api/imports',
    tag: 'imports',
    summary: 'Upload a Spotify data export',
    description:
      'The zip that Spotify sends, or one JSON file of it, in the part `file`. Works without a Spotify app. The task’s result says what became of every row, and `snapshots_task_id`, which task computes snapshots from the plays that were kept: for the 4, 26 and 52 weeks that end with the last day of the history.',
    input: z.strictObject({ user_id: id }),
    from: 'multipart',
    success: { status: 202, body: queuedTask, description: 'The task to follow; its id is the import’s' },
  }),
  getImport: defineRoute({
    id: 'getImport',
    method: 'GET',
    path: '/api/imports/{import_id}',
    tag: 'imports',
    summary: 'Read the report of an import',
    input: z.strictObject({ import_id: id }),
    from: 'query',
    success: { status: 200, body: shownImport, description: 'What became of every row' },
  }),
  generateInsight: defineRoute({
    id: 'generateInsight',
    method: 'POST',
    path: '/api/insights/generate',
    tag: 'insights',
    summary: 'Write an insight from a snapshot',
    input: z.strictObject({
      snapshot_id: id,
      insight_type: insightType,
      tone_mode: toneMode.default('neutral'),
      allow_names: allowNames,
      fresh,
    }),
    from: 'query-or-body',
    textBody: true,
    success: { status: 202, body: queuedTask, description: 'The task to follow' },
  }),
  listInsights: defineRoute({
    id: 'listInsights',
    method: 'GET',
    path: '/api/insights/user/{user_id}',
    tag: 'insights',
    summary: 'Read a person’s insights, newest first',
    input: insightQuery,
    from: 'query',
    success: { status: 200, body: z.array(insight), description: 'Insights; the next page is in `Link`' },
  }),
  getInsight: defineRoute({
    id: 'getInsight',
    method: 'GET',
    path: '/api/insights/{insight_id}',
    tag: 'insights',
    summary: 'Read one insight',
    input: z.strictObject({ insight_id: id }),
    from: 'query',
    success: { status: 200, body: insight, description: 'The insight' },
  }),
  listModels: defineRoute({
    id: 'listModels',
    method: 'GET',
    path: '/api/models',
    tag: 'insights',
    summary: 'See which language models write, and how they are',
    input: z.strictObject({}),
    from: 'query',
    success: {
      status: 200,
      body: languageModels,
      description: 'The models; checked some seconds ago at most',
    },
  }),
  giveFeedback: defineRoute({
    id: 'giveFeedback',
    method: 'POST',
    path: '/api/insights/{insight_id}/feedback',
    tag: 'insights',
    summary: 'Say whether an insight was worth reading',
    description: 'Said again, the last word counts. It compares versions of prompts; it changes no insight.',
    input: insightFeedback,
    from: 'body',
    success: { status: 200, body: givenFeedback, description: 'What counts now' },
  }),
  ...promptRoutes,
  ...rebuildRoutes,
  ...replayRoutes,
  ...scheduleRoutes,
  ...deadLetterRoutes,
  ...keyRoutes,
  getTask: defineRoute({
    id: 'getTask',
    method: 'GET',
    path: '/api/tasks/{task_id}',
    tag: 'tasks',
    summary: 'Follow a task',
    input: taskPath,
    from: 'query',
    success: { status: 200, body: task, description: 'The task' },
  }),
  followTask: defineRoute({
    id: 'followTask',
    method: 'GET',
    path: '/api/tasks/{task_id}/events',
    tag: 'tasks',
    summary: 'Follow a task as a stream of events',
    description:
      'Server-sent events `task`, each with the whole task as JSON: every status once, in order, from the first on; a comment every 15 seconds; it ends when the task does. Who comes back with `Last-Event-ID` goes on behind that event; where there is nothing more to come, the answer is 204.',
    input: taskPath,
    from: 'query',
    success: { status: 200, body: task, description: 'One event’s data', stream: true },
  }),
  getTaskAlias: defineRoute({
    id: 'getTaskAlias',
    method: 'GET',
    path: '/tasks/{task_id}',
    tag: 'tasks',
    summary: 'Follow a task, at the path of earlier versions',
    input: taskPath,
    from: 'query',
    success: { status: 200, body: task, description: 'The task' },
  }),
  health: defineRoute({
    id: 'health',
    method: 'GET',
    path: '/health',
    tag: 'health',
    summary: 'How the system and each dependency is',
    description: '503 with the same body when a dependency is down.',
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: healthReport, description: 'All dependencies are up' },
  }),
} as const;
