import { Module } from '@nestjs/common';
import { insightAggregate } from '@undertone/contracts/subjects';
import { erasureController } from '@undertone/platform/nest/erasure.controller';
import { exportController } from '@undertone/platform/nest/export.controller';
import { ErasePersonCommands } from './erasure/erase-person.commands.js';
import { ForgetSnapshotsCommands } from './erasure/forget-snapshots.commands.js';
import { FeedbackCommands } from './feedback/feedback.commands.js';
import { InsightFeedbackProjection } from './feedback/insight-feedback.projection.js';
import { GenerateInsightJob } from './generation/generate-insight.job.js';
import { GenerationFailures } from './generation/generation-failures.js';
import { GenerationFailuresProjection } from './generation/generation-failures.projection.js';
import { InsightOrders } from './generation/insight-orders.js';
import { InsightRecords } from './generation/insight-records.js';
import { GeneratedInsightsProjection } from './insights/generated-insights.projection.js';
import { InsightNames } from './insights/insight-names.js';
import { InsightQueries } from './insights/insights.queries.js';
import { languageModelsProvider } from './language-models/language-models.provider.js';
import { ModelQueries } from './language-models/models.queries.js';
import { exportParts } from './personal-export/export-parts.js';
import { PromptReportQueries } from './prompt-reports/prompt-report.queries.js';
import { PromptLibrary } from './prompts/prompt-library.js';
import { PromptLog } from './prompts/prompt-log.js';
import { PromptCommands } from './prompts/prompts.commands.js';
import { PromptQueries } from './prompts/prompts.queries.js';
import { ReleasedPrompts, SHIPPED_PROMPTS } from './prompts/released-prompts.js';
import { OrderReplay } from './replay-admin/order-replay.js';
import { ReplayQueries } from './replay-admin/replays.queries.js';
import { ReplayDriver } from './replay-run/replay-driver.js';
import { ReplayItemsProjection } from './replay-run/replay-items.projection.js';
import { ReplayDecisions } from './replays/replay-decisions.js';
import { InsightClaims } from './reuse/insight-claims.js';
import { InsightReuse } from './reuse/insight-reuse.js';
import { StoredInsights } from './reuse/stored-insights.js';
import { KnownSnapshotsProjection } from './snapshots/known-snapshots.projection.js';
import { shippedPrompts } from './type-registry/insight-types.js';
import { writerProvider } from './writers/writer-provider.js';

@Module({
  providers: [
    languageModelsProvider,
    InsightClaims,
    StoredInsights,
    InsightReuse,
    writerProvider,
    PromptLog,
    { provide: SHIPPED_PROMPTS, useValue: shippedPrompts },
    ReleasedPrompts,
    PromptLibrary,
    GenerationFailures,
    InsightOrders,
    InsightRecords,
    InsightNames,
    ReplayDecisions,
    ReplayDriver,
    exportParts,
  ],
  controllers: [
    GenerateInsightJob,
    GeneratedInsightsProjection,
    GenerationFailuresProjection,
    InsightFeedbackProjection,
    KnownSnapshotsProjection,
    ReplayItemsProjection,
    InsightQueries,
    ForgetSnapshotsCommands,
    OrderReplay,
    ReplayQueries,
    ModelQueries,
    FeedbackCommands,
    PromptCommands,
    PromptQueries,
    PromptReportQueries,
    ErasePersonCommands,
    erasureController('insight', insightAggregate),
    exportController('insight'),
  ],
})
export class InsightModule {}
