import { Module } from '@nestjs/common';
import { GenerateInsightJob } from './insights/generate-insight.job.js';
import { GeneratedInsightsProjection } from './insights/generated-insights.projection.js';
import { InsightQueries } from './insights/insights.queries.js';
import { languageModelsProvider } from './models/language-models.provider.js';
import { ModelQueries } from './models/models.queries.js';
import { writerProvider } from './writers/writer-provider.js';

@Module({
  providers: [languageModelsProvider, writerProvider],
  controllers: [GenerateInsightJob, GeneratedInsightsProjection, InsightQueries, ModelQueries],
})
export class InsightModule {}
