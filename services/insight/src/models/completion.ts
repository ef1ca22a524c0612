import type { z } from 'zod';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** What decides an answer beside its messages. Absent: the model's own default. */
export interface ModelParameters {
  readonly temperature?: number;
  readonly topP?: number;
  readonly seed?: number;
  /** The longest answer, in tokens. */
  readonly maxTokens: number;
}

/** What a language model is asked. */
export interface CompletionRequest {
  readonly messages: readonly ChatMessage[];
  /** What the answer has to fit. The model is told; whoever asks checks, because few servers keep to it. */
  readonly schema: { readonly name: string; readonly shape: z.ZodType };
  readonly parameters: ModelParameters;
  readonly signal: AbortSignal;
}

/** A model that was asked before the one that answered, and the code of why it did not. */
export interface Fallback {
  readonly model: string;
  readonly code: string;
}

/** What came back, unchecked. */
export interface Completion {
  readonly content: string;
  /** The model's own words where it would not answer. */
  readonly refusal: string | null;
  /** `length`: the answer was cut at `maxTokens`. */
  readonly finishReason: string;
  /** Which model answered, as the server names it. */
  readonly model: string;
  readonly usage: { readonly promptTokens: number | null; readonly completionTokens: number | null };
  readonly requestId: string | null;
  /** US dollars of this call; `null` when the model's price is not known. */
  readonly costUsd: number | null;
  readonly fallbacks: readonly Fallback[];
}
