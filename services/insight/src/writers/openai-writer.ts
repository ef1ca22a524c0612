import type { InsightText } from '@undertone/contracts/insight/insight';
import { TransientJobError } from '@undertone/platform/jobs/job-errors';
import type { ChatMessage, Completion } from '../models/completion.js';
import type { LanguageModels } from '../models/language-models.js';
import { fillIn } from '../prompts/prompt-template.js';
import type { PromptValues } from '../prompts/prompt-variables.js';
import { checkAnswer } from './checks/check-answer.js';
import { citableMetrics, shownNumbers } from './checks/shown-numbers.js';
import type { InsightWriter, WritingRequest } from './insight-writer.js';

const MAX_TOKENS = 1_500;

/**
 * Has a language model write. Its answer is checked here: its form, that each of its numbers is one of the
 * snapshot's, and that it claims nothing about health.
 */
export function openAiWriter(models: LanguageModels): InsightWriter {
  return {
    async write(request) {
      const { max_tokens = MAX_TOKENS, ...others } = request.prompt.parameters;
      const parameters = { max_tokens, ...others };
      const completion = await models.complete({
        messages: messagesOf(request),
        schema: { name: 'insight', shape: request.type.schema },
        parameters: {
          maxTokens: max_tokens,
          ...(parameters.temperature !== undefined && { temperature: parameters.temperature }),
          ...(parameters.top_p !== undefined && { topP: parameters.top_p }),
          ...(parameters.seed !== undefined && { seed: parameters.seed }),
        },
        signal: request.signal,
      });
      return {
        text: checked(completion, request),
        model: completion.model,
        ...completion.usage,
        requestId: completion.requestId,
        modelId: completion.modelId,
        costUsd: completion.costUsd,
        priceAsOf: completion.priceAsOf,
        fallbacks: completion.fallbacks,
        parameters,
      };
    },
  };
}

function messagesOf({ prompt, tone, facts: known }: WritingRequest): ChatMessage[] {
  const citable = citableMetrics(known);
  const numbers = [...shownNumbers(known)].filter(([metric]) => citable.has(metric));
  const values: PromptValues = { tone, facts: Object.fromEntries(numbers), artists: known.artists };
  return fillIn(prompt, { ...values });
}

/** @throws {TransientJobError} when the answer must not be shown; another try may do better. */
function checked(completion: Completion, { type, facts }: WritingRequest): InsightText {
  const answer = checkAnswer(completion, type, facts);
  if (answer.text) return answer.text;
  throw new TransientJobError('LLM_ANSWER_REJECTED', `the model's answer ${answer.faults.join('; it ')}`);
}
