import type { DatabaseDefinition } from '@undertone/platform/database/open-database';
import { ProjectionCheckpoint } from '@undertone/platform/projections/projection-checkpoint.entity';
import { Migration001Insights } from './migrations/001-insights.js';
import { Migration002PromptOutcomes } from './migrations/002-prompt-outcomes.js';
import { Migration003Calls } from './migrations/003-calls.js';
import { Migration004Reuse } from './migrations/004-reuse.js';
import { Migration005Replays } from './migrations/005-replays.js';
import { Migration006ModelSpending } from './migrations/006-model-spending.js';
import { Migration007ReplayTotals } from './migrations/007-replay-totals.js';
import { Migration008SpendingTotals } from './migrations/008-spending-totals.js';
import { Migration009ReplaySpending } from './migrations/009-replay-spending.js';
import { Migration010CheckpointLogs } from './migrations/010-checkpoint-logs.js';
import { Migration011BuiltFrom } from './migrations/011-built-from.js';
import { InsightFeedback } from './src/feedback/insight-feedback.entity.js';
import { GenerationFailure } from './src/generation/generation-failure.entity.js';
import { GeneratedInsight } from './src/insights/generated-insight.entity.js';
import { ReplayItem } from './src/replay-run/replay-item.entity.js';
import { ReplayTotal } from './src/replay-run/replay-total.entity.js';
import { Replay } from './src/replays/replay.entity.js';
import { InsightClaim } from './src/reuse/insight-claim.entity.js';
import { KnownSnapshot } from './src/snapshots/known-snapshot.entity.js';
import { ModelSpending } from './src/spending/model-spending.entity.js';
import { ReplaySpending } from './src/spending/replay-spending.entity.js';
import { SpendingTotal } from './src/spending/spending-total.entity.js';

export const database: DatabaseDefinition = {
  schema: 'insight',
  entities: [
    InsightClaim,
    GeneratedInsight,
    GenerationFailure,
    InsightFeedback,
    KnownSnapshot,
    ModelSpending,
    SpendingTotal,
    Replay,
    ReplayItem,
    ReplaySpending,
    ReplayTotal,
    ProjectionCheckpoint,
  ],
  migrations: [
    { name: '001-insights', class: Migration001Insights },
    { name: '002-prompt-outcomes', class: Migration002PromptOutcomes },
    { name: '003-calls', class: Migration003Calls },
    { name: '004-reuse', class: Migration004Reuse },
    { name: '005-replays', class: Migration005Replays },
    { name: '006-model-spending', class: Migration006ModelSpending },
    { name: '007-replay-totals', class: Migration007ReplayTotals },
    { name: '008-spending-totals', class: Migration008SpendingTotals },
    { name: '009-replay-spending', class: Migration009ReplaySpending },
    { name: '010-checkpoint-logs', class: Migration010CheckpointLogs },
    { name: '011-built-from', class: Migration011BuiltFrom },
  ],
};
