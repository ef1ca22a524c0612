import type { Provider } from '@nestjs/common';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { LanguageModels } from '../language-models/language-models.js';
import { fallingBackToTemplates } from './falling-back-writer.js';
import { INSIGHT_WRITER, type InsightWriter } from './insight-writer.js';
import { openAiWriter } from './openai-writer.js';
import { templateWriter } from './template-writer.js';

/** The writer that the settings name; it says at start which one that is. */
export const writerProvider: Provider = {
  provide: INSIGHT_WRITER,
  inject: [LanguageModels, LOGGER],
  useFactory: (models: LanguageModels, log: Logger): InsightWriter => {
    const { order, templateLast } = models.configured;
    if (order.length === 0) {
      log.info('insights are written from templates; INSIGHT_ENGINE=openai uses a language model');
      return templateWriter;
    }
    const asked = order.map(({ id, base_url }) => ({ id, base_url }));
    log.info({ order: asked, template_last: templateLast }, 'insights are written by a model');
    const writer = openAiWriter(models);
    return templateLast ? fallingBackToTemplates(writer) : writer;
  },
};
