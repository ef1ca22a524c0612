import type { Provider } from '@nestjs/common';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import { LanguageModels } from '../models/language-models.js';
import type { ModelDefinition } from '../models/model-definition.js';
import type { InsightSettings } from '../settings.js';
import { INSIGHT_WRITER, type InsightWriter } from './insight-writer.js';
import { openAiWriter } from './openai-writer.js';
import { templateWriter } from './template/template-writer.js';

/** The writer that the settings name; it says at start which one that is. */
export const writerProvider: Provider = {
  provide: INSIGHT_WRITER,
  inject: [SETTINGS, LOGGER],
  useFactory: (settings: InsightSettings, log: Logger): InsightWriter => {
    switch (settings.INSIGHT_ENGINE) {
      case 'template':
        log.info('insights are written from templates; INSIGHT_ENGINE=openai uses a language model');
        return templateWriter;
      case 'openai':
        log.info(
          { base_url: settings.OPENAI_BASE_URL, model: settings.LLM_MODEL },
          'insights are written by a model',
        );
        return openAiWriter(new LanguageModels(modelOf(settings)));
      default:
        return settings.INSIGHT_ENGINE satisfies never;
    }
  },
};

const modelOf = (settings: InsightSettings): ModelDefinition => ({
  id: settings.LLM_MODEL ?? '',
  baseUrl: settings.OPENAI_BASE_URL,
  apiKey: settings.OPENAI_API_KEY ?? '',
  timeoutMs: settings.LLM_TIMEOUT_SECONDS * 1000,
});
