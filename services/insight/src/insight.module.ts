import { Module } from '@nestjs/common';
import { GenerateInsightJob } from './insights/generate-insight.job.js';
import { GeneratedInsightsProjection } from './insights/generated-insights.projection.js';
import { InsightQueries } from './insights/insights.queries.js';
import { languageModelsProvider } from './models/language-models.provider.js';
import { ModelQueries } from './models/models.queries.js';
import { OrderReplay } from './replays/order-replay.js';
import { ReplayDecisions } from './replays/replay-decisions.js';
import { ReplayDriver } from './replays/replay-driver.js';
import { ReplayItemsProjection } from './replays/replay-items.projection.js';
import { ReplayQueries } from './replays/replays.queries.js';
import { KnownSnapshotsProjection } from './snapshots/known-snapshots.projection.js';
import { writerProvider } from './writers/writer-provider.js';

@Module({
  providers: [languageModelsProvider, writerProvider, ReplayDecisions, ReplayDriver],
  controllers: [
    GenerateInsightJob,
    GeneratedInsightsProjection,
    InsightQueries,
    ModelQueries,
    KnownSnapshotsProjection,
    ReplayItemsProjection,
    OrderReplay,
    ReplayQueries,
  ],
})
export class InsightModule {}
