import { chatCompletions, type ModelCall } from './chat-completions.js';
import type { Completion, CompletionRequest } from './completion.js';
import type { ModelDefinition } from './model-definition.js';

/** The language models of this installation. */
export class LanguageModels {
  private readonly call: ModelCall;

  constructor(readonly model: ModelDefinition) {
    this.call = chatCompletions(model);
  }

  /**
   * Asks a model once. What it says is not checked here.
   * @throws {TransientJobError} `LLM_RATE_LIMITED`, `LLM_UNAVAILABLE`.
   * @throws {PermanentJobError} `LLM_REFUSED`.
   */
  async complete(request: CompletionRequest): Promise<Completion> {
    return { ...(await this.call(request)), costUsd: null, fallbacks: [] };
  }
}
