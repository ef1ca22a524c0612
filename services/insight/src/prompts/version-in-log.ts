import type { InsightType } from '@undertone/contracts/insight/insight';
import { PromptPublished } from '@undertone/contracts/prompt/prompt-published';
import { promptAggregate } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { insightTypeOf } from '../types/insight-types.js';
import { definePrompt, type Prompt } from './prompt.js';

/** A version of a prompt by its text, `wellness-v2`; `undefined` where there is none. */
export async function versionInLog(
  store: EventStore,
  type: InsightType,
  version: string,
): Promise<{ readonly number: number; readonly prompt: Prompt } | undefined> {
  const number = Number(/-v(\d+)$/.exec(version)?.[1]);
  const shipped = insightTypeOf(type).prompt;
  if (shipped.version === version) return { number, prompt: shipped };
  for (const event of await store.read(promptAggregate(type))) {
    const published = PromptPublished.read(event);
    if (published?.number !== number || `${type}-v${number}` !== version) continue;
    const text = (role: 'system' | 'user') =>
      published.messages
        .filter((message) => message.role === role)
        .map(({ content }) => content)
        .join('\n');
    return {
      number,
      prompt: definePrompt({ insightType: type, version, system: text('system'), user: text('user') }),
    };
  }
  return undefined;
}
