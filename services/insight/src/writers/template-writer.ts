import { withoutNames } from '../facts/artists.js';
import type { InsightWriter } from './insight-writer.js';

/** The built-in engine: no network, no model, no cost. What it writes is in each type's folder. */
export const templateWriter: InsightWriter = {
  async write({ type, facts, tone, seed }) {
    return {
      text: withoutNames(type.write(facts, tone, seed), facts.artists),
      model: 'template',
      promptTokens: null,
      completionTokens: null,
      requestId: null,
      parameters: null,
    };
  },
};
