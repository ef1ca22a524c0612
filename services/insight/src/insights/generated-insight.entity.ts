import { defineEntity, p } from '@mikro-orm/core';
import type { Fallback, InsightText, InsightType, ToneMode } from '@undertone/contracts/insight/insight';
import type { ModelParameters } from '@undertone/contracts/insight/model-parameters';
import type { ListeningSource } from '@undertone/contracts/listening/snapshot';

/** Read model: every insight that was written, of every prompt version. */
export const GeneratedInsight = defineEntity({
  name: 'GeneratedInsight',
  tableName: 'generated_insight',
  indexes: [
    { name: 'generated_insight_position', properties: ['userId', 'position'] },
    { name: 'generated_insight_snapshot', properties: ['snapshotId', 'insightType', 'sequence'] },
    { name: 'generated_insight_replay', properties: ['replayId'] },
    { name: 'generated_insight_report', properties: ['insightType', 'generatedAt'] },
    { name: 'generated_insight_reuse_key', properties: ['reuseKey'] },
    { name: 'generated_insight_reuse_scope', properties: ['reuseScope', 'sequence'] },
  ],
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    snapshotId: p.uuid(),
    insightType: p.string().$type<InsightType>(),
    toneMode: p.string().$type<ToneMode>(),
    promptVersion: p.string(),
    promptHash: p.string(),
    llmModel: p.string(),
    source: p.string().$type<ListeningSource>(),
    structuredOutput: p.json<InsightText>(),
    content: p.text(),
    promptTokens: p.integer().nullable(),
    completionTokens: p.integer().nullable(),
    providerRequestId: p.string().nullable(),
    /** That a model answered; null in events of releases that did not say it. */
    calls: p.integer().nullable(),
    modelId: p.string().nullable(),
    costUsd: p.float().columnType('double precision').nullable(),
    priceAsOf: p.string().nullable(),
    fallbacks: p.json<Fallback[]>(),
    experimentId: p.uuid().nullable(),
    variant: p.string().nullable(),
    parameters: p.json<ModelParameters>().nullable(),
    /** See `reuse-key.ts`; null where insights of releases before had none. */
    reuseScope: p.string().nullable(),
    reuseKey: p.string().nullable(),
    /** The insight whose text this is. */
    reusedFrom: p.uuid().nullable(),
    reuseReason: p.text().nullable(),
    generationMs: p.float().columnType('double precision'),
    generatedAt: p.datetime(),
    /** When its job was: the version in use then wrote it. */
    requestedAt: p.datetime().nullable(),
    /** The replay that wrote it: readers see it while that one is activated. */
    replayId: p.uuid().nullable(),
    /** Of its event in the log. */
    sequence: p.bigint('number'),
    /** Its place in lists: the sequence, or for a replay's the place of what it is to replace. */
    position: p.bigint('number'),
  },
});
