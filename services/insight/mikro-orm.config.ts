import type { DatabaseDefinition } from '@undertone/platform/database/open-database';
import { ProjectionCheckpoint } from '@undertone/platform/projections/projection-checkpoint.entity';
import { Migration001Insights } from './migrations/001-insights.js';
import { Migration002PromptOutcomes } from './migrations/002-prompt-outcomes.js';
import { Migration003Calls } from './migrations/003-calls.js';
import { Migration004Reuse } from './migrations/004-reuse.js';
import { InsightFeedback } from './src/feedback/insight-feedback.entity.js';
import { GeneratedInsight } from './src/insights/generated-insight.entity.js';
import { GenerationFailure } from './src/insights/generation-failure.entity.js';
import { InsightClaim } from './src/reuse/insight-claim.entity.js';

export const database: DatabaseDefinition = {
  schema: 'insight',
  entities: [InsightClaim, GeneratedInsight, GenerationFailure, InsightFeedback, ProjectionCheckpoint],
  migrations: [
    { name: '001-insights', class: Migration001Insights },
    { name: '002-prompt-outcomes', class: Migration002PromptOutcomes },
    { name: '003-calls', class: Migration003Calls },
    { name: '004-reuse', class: Migration004Reuse },
  ],
};
