import { Module } from '@nestjs/common';
import { GenerateInsightJob } from './insights/generate-insight.job.js';
import { GeneratedInsightsProjection } from './insights/generated-insights.projection.js';
import { InsightQueries } from './insights/insights.queries.js';
import { writerProvider } from './writers/writer-provider.js';

@Module({
  providers: [writerProvider],
  controllers: [GenerateInsightJob, GeneratedInsightsProjection, InsightQueries],
})
export class InsightModule {}
