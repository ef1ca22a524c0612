import type { Fallback, InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { ModelParameters } from '@undertone/contracts/insight/model-parameters';
import type { PromptContent } from '@undertone/contracts/prompt/prompt';
import type { Facts } from '../facts/facts.js';
import type { Caller } from '../model-calls/completion.js';
import type { InsightTypeDefinition } from '../types/insight-type.js';

/** What an insight is written from. */
export interface WritingRequest {
  /** The insight's id: variety in wording is drawn from it, so a second try writes the same. */
  readonly seed: string;
  readonly type: InsightTypeDefinition;
  readonly tone: ToneMode;
  readonly facts: Facts;
  readonly prompt: PromptContent;
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/** What was written, and what it took. */
export interface Writing {
  readonly text: InsightText;
  /** `template` when no language model was used. */
  readonly model: string;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly requestId: string | null;
  /** Calls that a model answered: 2 where the first answer had to be repaired; absent when none was made. */
  readonly calls?: number;
  /** As the settings name the model; absent when none was used. */
  readonly modelId?: string;
  /** US dollars of all calls it took, null where a price is not known; absent when none was made. */
  readonly costUsd?: number | null;
  /** The day of the price list behind `costUsd`. */
  readonly priceAsOf?: string | null;
  /** Who was asked before and did not answer. */
  readonly fallbacks?: readonly Fallback[];
  /** What the model was asked with; `null` when none was. */
  readonly parameters: ModelParameters | null;
}

/** Writes insights; which one does is named in the settings, and no writer stands in for another by itself. */
export interface InsightWriter {
  /** @throws {PermanentJobError | TransientJobError} */
  write(request: WritingRequest): Promise<Writing>;
}

/** Injection token of the writer that the settings name. */
export const INSIGHT_WRITER = Symbol('insight writer');
