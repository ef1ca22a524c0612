import { consumers } from '@undertone/contracts/consumers';
import { type RebuildDefinition, runRebuild } from '@undertone/platform/projections/rebuild-command';
import { database } from '../mikro-orm.config.js';
import { InsightFeedback } from './feedback/insight-feedback.entity.js';
import { GenerationFailure } from './generation/generation-failure.entity.js';
import { GeneratedInsight } from './insights/generated-insight.entity.js';
import { ReplayItem } from './replay-run/replay-item.entity.js';
import { ReplayTotal } from './replay-run/replay-total.entity.js';
import { Replay } from './replays/replay.entity.js';
import { KnownSnapshot } from './snapshots/known-snapshot.entity.js';

export const rebuildable: RebuildDefinition = {
  service: 'insight',
  database,
  projections: {
    'generated-insights': { consumer: consumers.generatedInsights, tables: [GeneratedInsight, Replay] },
    'known-snapshots': { consumer: consumers.knownSnapshots, tables: [KnownSnapshot] },
    'replay-items': { consumer: consumers.replayItems, tables: [ReplayItem, ReplayTotal] },
    'generation-failures': { consumer: consumers.generationFailures, tables: [GenerationFailure] },
    'insight-feedback': { consumer: consumers.insightFeedback, tables: [InsightFeedback] },
  },
};

if (import.meta.main) await runRebuild(rebuildable);
