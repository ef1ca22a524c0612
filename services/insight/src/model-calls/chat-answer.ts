import { foreignId } from '@undertone/contracts/text';
import { z } from 'zod';

const tokens = z.int().min(0).nullable().catch(null);
const said = z.string().nullable().catch(null);

/**
 * What is read of a server's answer to a chat completion (OpenAI's API reference, November 2026). Servers leave out much of
 * it, and that is null here; a body without a choice is no answer of a model, whatever its status says.
 */
export const chatAnswer = z.object({
  model: foreignId.min(1).nullable().catch(null),
  choices: z.tuple(
    [z.object({ finish_reason: said, message: z.object({ content: said, refusal: said }) })],
    z.unknown(),
  ),
  usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens }).nullable().catch(null),
});
