import { type InsightText, insightText } from '@undertone/contracts/insight/insight';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { TransientJobError } from '@undertone/platform/jobs/job-errors';
import { z } from 'zod';
import type { ChatMessage, Completion } from '../models/completion.js';
import type { LanguageModels } from '../models/language-models.js';
import { forbiddenClaims } from './forbidden-claims.js';
import type { InsightWriter, WritingRequest } from './insight-writer.js';
import { citableMetrics, shownNumbers, unknownNumbers } from './shown-numbers.js';

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
        schema: { name: 'insight', shape: insightText },
        parameters: { maxTokens: MAX_TOKENS },
        signal: request.signal,
      });
      return {
        text: checked(completion, request.snapshot),
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

function messagesOf({ prompt, tone, snapshot }: WritingRequest): ChatMessage[] {
  const citable = citableMetrics(snapshot);
  const numbers = [...shownNumbers(snapshot)].filter(([metric]) => citable.has(metric));
  const facts = JSON.stringify(Object.fromEntries(numbers), null, 1);
  return [
    { role: 'system', content: prompt.system },
    { role: 'user', content: prompt.user.replace('{{tone}}', tone).replace('{{facts}}', () => facts) },
  ];
}

/** @throws {TransientJobError} when the answer must not be shown; another try may do better. */
function checked({ content, refusal, finishReason }: Completion, snapshot: Snapshot): InsightText {
  const refused = (why: string) => new TransientJobError('LLM_ANSWER_REJECTED', `the model's answer ${why}`);
  if (refusal) throw refused('was a refusal');
  if (finishReason === 'length') throw refused('was cut off');
  let answer: unknown;
  try {
    answer = JSON.parse(content);
  } catch {
    throw refused('was not JSON');
  }
  const parsed = insightText.safeParse(answer);
  if (!parsed.success) throw refused(`does not fit the schema: ${z.prettifyError(parsed.error)}`);
  const { title, body, highlights, tips } = parsed.data;
  const whole = [title, body, ...highlights.map(({ text }) => text), ...tips].join('\n');
  const invented = unknownNumbers(whole, snapshot);
  if (invented.length > 0) throw refused(`has numbers that are not the snapshot's: ${invented.join(', ')}`);
  const citable = citableMetrics(snapshot);
  const uncited = highlights.filter(({ metric }) => !citable.has(metric)).map(({ metric }) => metric);
  if (uncited.length > 0)
    throw refused(`cites measures that the snapshot does not have: ${uncited.join(', ')}`);
  const claims = forbiddenClaims(whole);
  if (claims.length > 0) throw refused(`makes claims it must not make: ${claims.join(', ')}`);
  return parsed.data;
}
