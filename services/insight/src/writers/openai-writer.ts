import type { InsightText } from '@undertone/contracts/insight/insight';
import { TransientJobError } from '@undertone/platform/jobs/job-errors';
import type { ChatMessage, Completion } from '../models/completion.js';
import type { LanguageModels } from '../models/language-models.js';
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
      const completion = await models.complete({
        messages: messagesOf(request),
        schema: { name: 'insight', shape: request.type.schema },
        parameters: { maxTokens: MAX_TOKENS },
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
      };
    },
  };
}

function messagesOf({ prompt, tone, facts: known }: WritingRequest): ChatMessage[] {
  const citable = citableMetrics(known);
  const numbers = [...shownNumbers(known)].filter(([metric]) => citable.has(metric));
  const facts = JSON.stringify(Object.fromEntries(numbers), null, 1);
  return [
    { role: 'system', content: prompt.system },
    { role: 'user', content: prompt.user.replace('{{tone}}', tone).replace('{{facts}}', () => facts) },
  ];
}

/** @throws {TransientJobError} when the answer must not be shown; another try may do better. */
function checked(completion: Completion, { type, facts }: WritingRequest): InsightText {
  const answer = checkAnswer(completion, type, facts);
  if (answer.text) return answer.text;
  throw new TransientJobError('LLM_ANSWER_REJECTED', `the model's answer ${answer.faults.join('; it ')}`);
}
