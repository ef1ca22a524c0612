import type { DatabaseDefinition } from '@undertone/platform/database/open-database';
import { ProjectionCheckpoint } from '@undertone/platform/projections/projection-checkpoint.entity';
import { Migration001Insights } from './migrations/001-insights.js';
import { Migration002Calls } from './migrations/002-calls.js';
import { GeneratedInsight } from './src/insights/generated-insight.entity.js';

export const database: DatabaseDefinition = {
  schema: 'insight',
  entities: [GeneratedInsight, ProjectionCheckpoint],
  migrations: [
    { name: '001-insights', class: Migration001Insights },
    { name: '002-calls', class: Migration002Calls },
  ],
};
