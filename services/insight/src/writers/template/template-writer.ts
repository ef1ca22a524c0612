import type { InsightWriter } from '../insight-writer.js';

/** The built-in engine: no network, no model, no cost. What it writes is in each type's folder. */
export const templateWriter: InsightWriter = {
  async write({ type, facts, tone, seed }) {
    return {
      text: type.write(facts, tone, seed),
      model: 'template',
      promptTokens: null,
      completionTokens: null,
      requestId: null,
      parameters: null,
    };
  },
};
