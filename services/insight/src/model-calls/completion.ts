import type { Fallback } from '@undertone/contracts/insight/insight';
import type { ModelParameters } from '@undertone/contracts/insight/model-parameters';
import type { Lane } from '@undertone/contracts/jobs/queues';
import type { z } from 'zod';
import type { Spender } from '../spending/spending.js';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** For whom a call is made. */
export interface Caller extends Spender {
  readonly jobId: string;
  /** A person waits for it, or it is part of a bulk run. */
  readonly lane: Lane;
}

/** What a language model is asked. */
export interface CompletionRequest {
  /** The model that the prompt was written for; null leaves it to the settings. */
  readonly model: string | null;
  readonly messages: readonly ChatMessage[];
  /** What the answer has to fit. The model is told; whoever asks checks, because few servers keep to it. */
  readonly schema: { readonly name: string; readonly shape: z.ZodType };
  /** What they leave out, the model’s entry in the settings says. */
  readonly parameters: ModelParameters & { readonly max_tokens: number };
  readonly caller: Caller;
  /** It follows a call that was paid for, so it waits for the model's rate in place of being put back. */
  readonly isRepair: boolean;
  readonly signal: AbortSignal;
}

/** How many tokens a call took; null where the server does not say. */
export interface TokenUsage {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
}

/** What one model said, unchecked. */
export interface Answer {
  readonly content: string;
  /** The model's own words where it would not answer. */
  readonly refusal: string | null;
  /** `length`: the answer was cut at `max_tokens`. Null where the server does not say. */
  readonly finishReason: string | null;
  /** Which model answered, as the server names it. */
  readonly model: string;
  readonly usage: TokenUsage;
  readonly requestId: string | null;
}

/** An answer, and how it came to be. */
export interface Completion extends Answer {
  /** Which model answered, as the settings name it. */
  readonly modelId: string;
  /** US dollars of this call; null when the model's price or its tokens are not known. */
  readonly costUsd: number | null;
  /** The day of the price list behind `costUsd`. */
  readonly priceAsOf: string | null;
  readonly fallbacks: readonly Fallback[];
}
