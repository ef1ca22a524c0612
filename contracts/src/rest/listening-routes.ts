import { z } from 'zod';
import { id } from '../id.js';
import { compareQuery, comparison } from '../listening/comparison.js';
import { historyQuery, playedTrack } from '../listening/history.js';
import { shownThreshold, thresholdChoice } from '../listening/listen-threshold.js';
import { snapshotQuery } from '../listening/rpc.js';
import { snapshot, timeRange } from '../listening/snapshot.js';
import { topEntry, topQuery } from '../listening/top.js';
import { trend, trendsQuery } from '../listening/trends.js';
import { queuedIngest, queuedTask } from './queued-task.js';
import { defineRoute } from './route.js';

/** A person’s listening: fetching it, snapshots, plays, and what is counted over them. */
export const listeningRoutes = {
  ingestListening: defineRoute({
    id: 'ingestListening',
    method: 'POST',
    path: '/api/listening/ingest',
    tag: 'listening',
    summary: 'Fetch a person’s listening and compute the day’s snapshot',
    description:
      'While a task of the person and range has not ended, it is that one, and the answer says `reused`. What was fetched a short while ago is not fetched again; the task’s result then says `reused`, and when the lists are from. Of a person who linked no Spotify account but imported a data export, the snapshot is computed from their own plays, for the range that ends with the last day of their history.',
    access: { owner: 'user_id' },
    errors: ['USER_NOT_FOUND'],
    input: z.strictObject({ user_id: id, time_range: timeRange }),
    from: 'query-or-body',
    textBody: true,
    success: { status: 202, body: queuedIngest, description: 'The task to follow' },
  }),
  listSnapshots: defineRoute({
    id: 'listSnapshots',
    method: 'GET',
    path: '/api/listening/snapshots',
    tag: 'listening',
    summary: 'Read a person’s snapshots, newest first',
    access: { owner: 'user_id' },
    errors: [],
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
    access: { owner: 'snapshot_id' },
    errors: ['SNAPSHOT_NOT_FOUND'],
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
    access: { owner: ['a', 'b'] },
    errors: ['SNAPSHOT_NOT_FOUND'],
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
    access: { owner: 'user_id' },
    errors: ['USER_NOT_FOUND'],
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
    access: { owner: 'user_id' },
    errors: ['USER_NOT_FOUND'],
    input: trendsQuery,
    from: 'query',
    success: { status: 200, body: z.array(trend), description: 'Buckets; the next page is in `Link`' },
  }),
  getListenThreshold: defineRoute({
    id: 'getListenThreshold',
    method: 'GET',
    path: '/api/listening/threshold',
    tag: 'listening',
    summary: 'Read from when on a stream counts as a play of a person',
    access: { owner: 'user_id' },
    errors: ['USER_NOT_FOUND'],
    input: z.strictObject({ user_id: id }),
    from: 'query',
    success: { status: 200, body: shownThreshold, description: 'The threshold, or the rule' },
  }),
  chooseListenThreshold: defineRoute({
    id: 'chooseListenThreshold',
    method: 'PUT',
    path: '/api/listening/threshold',
    tag: 'listening',
    summary: 'Choose from when on a stream counts as a play of a person',
    description:
      'Imported streams are counted by it again, and snapshots of plays are computed anew. A field that is left out is null; with both null the rule decides again. A stream of 0 ms is never a play; one that Spotify’s API told has no length, and is one.',
    access: { owner: 'user_id' },
    errors: ['USER_NOT_FOUND'],
    input: thresholdChoice,
    from: 'body',
    success: { status: 202, body: queuedTask, description: 'The task to follow' },
  }),
  listTop: defineRoute({
    id: 'listTop',
    method: 'GET',
    path: '/api/listening/top',
    tag: 'listening',
    summary: 'What a person played most: artists, tracks or albums of any period, by count or time',
    description:
      'A play counts for each of its track’s artists. By time, what has no known length stands at the end. Albums, and artists of an export, are told apart by their names.',
    access: { owner: 'user_id' },
    errors: ['USER_NOT_FOUND'],
    input: topQuery,
    from: 'query',
    success: { status: 200, body: z.array(topEntry), description: 'Most first; the next page is in `Link`' },
  }),
} as const;
