import { InvalidSettings } from '@undertone/platform/settings/load-settings';
import { readNamedSecret } from '@undertone/platform/settings/read-setting';
import { type ModelDefinition, TEMPLATE } from './model-definition.js';
import type { ModelSettings } from './model-settings.js';

/** A model with its key, which is never shown or logged. */
export interface ConfiguredModel extends ModelDefinition {
  readonly apiKey: string;
}

/** Who writes here. */
export interface ConfiguredModels {
  /** Every model of the settings, asked or not. */
  readonly all: readonly ConfiguredModel[];
  /** Those that are asked, the first one first. */
  readonly order: readonly ConfiguredModel[];
  /** Whether the built-in templates write when no model answered: only where the settings say so. */
  readonly templateLast: boolean;
}

/**
 * The models that the settings name, with their keys from the environment.
 * @throws {InvalidSettings} naming each setting that is wrong.
 */
export function configuredModels(settings: ModelSettings, environment: NodeJS.ProcessEnv): ConfiguredModels {
  if (settings.INSIGHT_ENGINE === TEMPLATE) return { all: [], order: [], templateLast: true };
  const problems: string[] = [];
  const all = (settings.LLM_MODELS ?? [oneModel(settings)]).map((model): ConfiguredModel => {
    const key = settings.LLM_MODELS ? keyOf(model, environment, problems) : settings.OPENAI_API_KEY;
    // The client sends a key to every server; those of one's own machine take any.
    return { ...model, apiKey: key ?? 'none' };
  });
  const names = settings.LLM_FALLBACK ?? [all[0]?.id ?? ''];
  const order = names.flatMap((name, at) => {
    const model = all.find(({ id }) => id === name);
    if (model) return [model];
    if (name !== TEMPLATE) problems.push(`LLM_FALLBACK: there is no model ${name}`);
    else if (at !== names.length - 1)
      problems.push(`LLM_FALLBACK: ${TEMPLATE} never fails, so nothing follows it`);
    return [];
  });
  if (order.length === 0) problems.push('LLM_FALLBACK: names no model; INSIGHT_ENGINE=template needs none');
  if (problems.length > 0) throw new InvalidSettings('insight', problems);
  return { all, order, templateLast: names.at(-1) === TEMPLATE };
}

/** What `OPENAI_BASE_URL` and `LLM_MODEL` say of the one model they name. */
function oneModel(settings: ModelSettings): ModelDefinition {
  const atOpenAi = new URL(settings.OPENAI_BASE_URL).hostname === 'api.openai.com';
  return {
    id: settings.LLM_MODEL ?? '',
    provider: atOpenAi ? 'openai' : 'compatible',
    model: settings.LLM_MODEL ?? '',
    base_url: settings.OPENAI_BASE_URL,
    price: null,
    context_tokens: null,
    json_schema: true,
    timeout_seconds: settings.LLM_TIMEOUT_SECONDS,
    requests_per_minute: null,
    parameters: {},
  };
}

function keyOf(
  { id, api_key_env: name }: ModelDefinition,
  environment: NodeJS.ProcessEnv,
  problems: string[],
): string | undefined {
  const why = `model ${id} of LLM_MODELS takes its key from it`;
  return name ? readNamedSecret(environment, name, problems, why) : undefined;
}
