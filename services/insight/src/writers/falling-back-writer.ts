import { ModelsRefused, ModelsUnavailable } from '../model-calls/model-failures.js';
import type { InsightWriter } from './insight-writer.js';
import { templateWriter } from './template-writer.js';

/**
 * Has the built-in templates write when no model answered, which the insight says. An answer that must not be shown is
 * no such case: it is tried again, and fails in the end.
 */
export function fallingBackToTemplates(writer: InsightWriter): InsightWriter {
  return {
    async write(request) {
      try {
        return await writer.write(request);
      } catch (error) {
        if (!(error instanceof ModelsUnavailable || error instanceof ModelsRefused)) throw error;
        return { ...(await templateWriter.write(request)), fallbacks: error.fallbacks };
      }
    },
  };
}
