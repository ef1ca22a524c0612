import type { DatabaseDefinition } from '@undertone/platform/database/open-database';
import { ProjectionCheckpoint } from '@undertone/platform/projections/projection-checkpoint.entity';
import { Migration001Insights } from './migrations/001-insights.js';
import { Migration002Calls } from './migrations/002-calls.js';
import { Migration003Replays } from './migrations/003-replays.js';
import { GeneratedInsight } from './src/insights/generated-insight.entity.js';
import { Replay } from './src/replays/replay.entity.js';
import { ReplayItem } from './src/replays/replay-item.entity.js';
import { KnownSnapshot } from './src/snapshots/known-snapshot.entity.js';

export const database: DatabaseDefinition = {
  schema: 'insight',
  entities: [GeneratedInsight, KnownSnapshot, Replay, ReplayItem, ProjectionCheckpoint],
  migrations: [
    { name: '001-insights', class: Migration001Insights },
    { name: '002-calls', class: Migration002Calls },
    { name: '003-replays', class: Migration003Replays },
  ],
};
