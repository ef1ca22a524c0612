import { Controller, Inject } from '@nestjs/common';
import type { LanguageModel, LanguageModels as Overview } from '@undertone/contracts/insight/language-model';
import { listModels } from '@undertone/contracts/insight/rpc';
import { Answers } from '@undertone/platform/nest/answers';
import { TEMPLATE } from '../model-settings/model-definition.js';
import { LanguageModels } from './language-models.js';

/** Whoever reloads a page asks the models' servers no more often. */
const FRESH_MS = 10_000;

@Controller()
export class ModelQueries {
  private last: { readonly at: number; readonly overview: Promise<Overview> } | undefined;

  constructor(@Inject(LanguageModels) private readonly models: LanguageModels) {}

  /** The models and how they are; of many who ask at once, one asks the servers. */
  @Answers(listModels)
  list(): Promise<Overview> {
    const now = Date.now();
    if (!this.last || now - this.last.at > FRESH_MS) this.last = { at: now, overview: this.look() };
    return this.last.overview;
  }

  private async look(): Promise<Overview> {
    const { all, order, templateLast } = this.models.configured;
    const models = await Promise.all(
      all.map(
        async ({ apiKey: _secret, base_url: _address, api_key_env: _name, parameters: _own, ...shown }) => {
          const health = await this.models.health(shown.id);
          return { ...shown, health } satisfies LanguageModel;
        },
      ),
    );
    return { order: [...order.map(({ id }) => id), ...(templateLast ? [TEMPLATE] : [])], models };
  }
}
