import type { Provider } from '@nestjs/common';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import type { ConfiguredModels } from './configured-models.js';
import { LanguageModels } from './language-models.js';

export const languageModelsProvider: Provider = {
  provide: LanguageModels,
  inject: [SETTINGS],
  useFactory: (settings: { models: ConfiguredModels }) => new LanguageModels(settings.models),
};
