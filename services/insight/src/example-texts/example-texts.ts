import {
  type InsightText,
  type InsightType,
  insightType,
  type ToneMode,
  toneMode,
} from '@undertone/contracts/insight/insight';
import type { Facts } from '../facts/facts.js';
import { insightTypes } from '../type-registry/insight-types.js';
import { inventedFacts } from './invented-facts.js';

export interface ExampleText {
  /** Of the invented person. */
  readonly seed: number;
  readonly type: InsightType;
  readonly tone: ToneMode;
  readonly facts: Facts;
  readonly text: InsightText;
}

/** What the template engine writes about invented people, one after the other; in all tones in turn where none is named. */
export function exampleTexts(asked: {
  readonly type?: InsightType | undefined;
  readonly tone?: ToneMode | undefined;
  readonly count: number;
  readonly seed: number;
}): ExampleText[] {
  const tones = asked.tone ? ([asked.tone] as const) : toneMode.options;
  const types = asked.type ? ([asked.type] as const) : insightType.options;
  return Array.from({ length: asked.count }, (_, at) => asked.seed + at).flatMap((seed) => {
    const all = inventedFacts(seed);
    const tone = tones[seed % tones.length] ?? 'neutral';
    return types.map((type): ExampleText => {
      const { uses, write } = insightTypes[type];
      const facts = {
        ...all,
        weeks: uses.weeks ? all.weeks : [],
        earlier: uses.weeks && all.weeks.length === 0 ? all.earlier : [],
        artists: uses.artists ? all.artists : [],
      };
      return { seed, type, tone, facts, text: write(facts, tone, String(seed)) };
    });
  });
}
