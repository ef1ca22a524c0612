import type OpenAI from 'openai';

/** An error answer in the form of the Chat Completions API (OpenAI API reference, checked 2026-11). */
export class LlmError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  /** Seconds for the header `Retry-After`. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    message: string,
    type: string,
    extra: { code?: string; param?: string | undefined; retryAfter?: number } = {},
  ) {
    super(message);
    this.name = 'LlmError';
    this.status = status;
    this.type = type;
    this.code = extra.code ?? null;
    this.param = extra.param ?? null;
    this.retryAfter = extra.retryAfter;
  }

  /** The body of the answer. */
  body(): { error: OpenAI.ErrorObject } {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } };
  }
}
