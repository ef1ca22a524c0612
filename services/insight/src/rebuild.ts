import { consumers } from '@undertone/contracts/consumers';
import { type RebuildDefinition, runRebuild } from '@undertone/platform/projections/rebuild-command';
import { database } from '../mikro-orm.config.js';
import { GeneratedInsight } from './insights/generated-insight.entity.js';

export const rebuildable: RebuildDefinition = {
  service: 'insight',
  database,
  projections: {
    'generated-insights': { consumer: consumers.generatedInsights, tables: [GeneratedInsight] },
  },
};

if (import.meta.main) await runRebuild(rebuildable);
