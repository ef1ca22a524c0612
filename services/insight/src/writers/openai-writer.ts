import type { InsightText } from '@undertone/contracts/insight/insight';
import type { ModelParameters } from '@undertone/contracts/insight/model-parameters';
import { PermanentJobError } from '@undertone/platform/jobs/job-errors';
import { checkAnswer } from '../checks/check-answer.js';
import { periodOf } from '../facts/period-of.js';
import { citableMetrics, shownNumbers } from '../facts/shown-numbers.js';
import type { LanguageModels } from '../language-models/language-models.js';
import type { ChatMessage, Completion } from '../model-calls/completion.js';
import { fenceMark } from '../prompt-content/fence.js';
import { fillIn } from '../prompt-content/prompt-template.js';
import type { PromptValues } from '../prompt-content/prompt-variables.js';
import type { InsightWriter, Writing, WritingRequest } from './insight-writer.js';
import { repairMessages } from './repair.js';

/** The longest answer where the prompt does not say. */
export const MAX_TOKENS = 1_500;

/**
 * Has a language model write. Its answer is checked here; one with faults goes back to the model once, with the faults.
 * What is wrong then as well is a failure, and no template stands in for it.
 */
export function openAiWriter(models: LanguageModels): InsightWriter {
  return {
    async write(request) {
      const { type, facts, caller, signal } = request;
      const { max_tokens = MAX_TOKENS, ...others } = request.prompt.parameters;
      const parameters = { max_tokens, ...others };
      const ask = (messages: readonly ChatMessage[], isRepair: boolean) =>
        models.complete({
          model: request.prompt.model,
          messages,
          schema: { name: 'insight', shape: type.schema },
          parameters,
          caller,
          isRepair,
          signal,
        });
      const messages = messagesOf(request);
      const first = await ask(messages, false);
      const answer = checkAnswer(first, type, facts);
      if (answer.text) return writingOf(answer.text, parameters, [first]);
      const second = await ask(repairMessages(messages, first, answer.faults), true);
      const repaired = checkAnswer(second, type, facts);
      if (repaired.text) return writingOf(repaired.text, parameters, [first, second]);
      const reasons = repaired.faults.map(({ what }) => what).join(', it ');
      throw new PermanentJobError('LLM_ANSWER_REJECTED', `the model's answer ${reasons}; a repair was tried`);
    },
  };
}

/** What a model is asked. What came from outside stands inside a fence, as JSON. */
export function messagesOf({
  prompt,
  tone,
  facts,
  seed,
}: Pick<WritingRequest, 'prompt' | 'tone' | 'facts' | 'seed'>): ChatMessage[] {
  const citable = citableMetrics(facts);
  const numbers = [...shownNumbers(facts)].filter(([metric]) => citable.has(metric));
  const values: PromptValues = {
    tone,
    period: periodOf(facts),
    facts: Object.fromEntries(numbers),
    artists: facts.artists.map(({ name }) => name),
  };
  return fillIn(prompt, { ...values }, fenceMark(seed));
}

/** What was written; an answer that was repaired took two calls. */
function writingOf(
  text: InsightText,
  parameters: ModelParameters,
  calls: readonly [Completion, ...Completion[]],
): Writing {
  const last = calls.at(-1) ?? calls[0];
  const sum = (of: (call: Completion) => number | null) =>
    calls.map(of).reduce((all, one) => (all === null || one === null ? null : all + one));
  return {
    text,
    model: last.model,
    promptTokens: sum(({ usage }) => usage.promptTokens),
    completionTokens: sum(({ usage }) => usage.completionTokens),
    requestId: last.requestId,
    calls: calls.length,
    parameters,
    modelId: last.modelId,
    costUsd: sum(({ costUsd }) => costUsd),
    priceAsOf: last.priceAsOf,
    fallbacks: calls.flatMap(({ fallbacks }) => fallbacks),
  };
}
