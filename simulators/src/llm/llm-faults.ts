import { z } from 'zod';
import { faultScope } from '../control/fault-board.js';
import { LlmError } from './llm-error.js';

/** Faults that fail or delay the call. */
const callFaults = [
  faultScope.extend({ kind: z.literal('401') }),
  faultScope.extend({ kind: z.literal('429'), retryAfter: z.int().min(0).default(1) }),
  /** The account's money is spent: 429 with `code: insufficient_quota` and no `Retry-After`. */
  faultScope.extend({ kind: z.literal('quota') }),
  faultScope.extend({ kind: z.literal('5xx'), status: z.int().min(500).max(599).default(503) }),
  faultScope.extend({ kind: z.literal('slow'), ms: z.int().min(1) }),
  faultScope.extend({ kind: z.literal('hang') }),
  /** The connection is closed without an answer. */
  faultScope.extend({ kind: z.literal('reset') }),
] as const;

/** Faults of what the model says. */
const answerFaults = [
  /** The content is cut JSON; `finish_reason` still says `stop`. */
  faultScope.extend({ kind: z.literal('malformed') }),
  /** The content is JSON of another shape than was asked for. */
  faultScope.extend({ kind: z.literal('wrong-schema') }),
  /** The connection breaks in the middle of the answer, streamed or not. */
  faultScope.extend({ kind: z.literal('stop-mid-stream') }),
  /** No number in the text is one of the input's. */
  faultScope.extend({ kind: z.literal('lies') }),
  /** The text makes a claim about the reader's health. */
  faultScope.extend({ kind: z.literal('diagnosis') }),
  /** `refusal` in place of content. */
  faultScope.extend({ kind: z.literal('refusal') }),
  /** Cut content with `finish_reason: length`. */
  faultScope.extend({ kind: z.literal('length') }),
  /** Exactly this content. */
  faultScope.extend({ kind: z.literal('says'), content: z.string() }),
] as const;

/** The faults of the language model simulator, as `POST /_control/faults` takes them. */
export const llmFault = z.discriminatedUnion('kind', [...callFaults, ...answerFaults]);

export type LlmFault = z.infer<typeof llmFault>;
/** A fault as a test writes it: what has a default may be left out. */
export type LlmFaultInput = z.input<typeof llmFault>;

const answerFault = z.discriminatedUnion('kind', answerFaults);
export type AnswerFault = z.infer<typeof answerFault>;
export type CallFault = Exclude<LlmFault, AnswerFault>;

/** Whether a fault spoils the answer rather than the call. */
export function isAnswerFault(fault: LlmFault): fault is AnswerFault {
  return answerFault.safeParse(fault).success;
}

/** The error answer of a fault that has one. */
export function errorOf(fault: CallFault): LlmError | undefined {
  switch (fault.kind) {
    case '401':
      return new LlmError(401, 'Incorrect API key provided.', 'invalid_request_error', {
        code: 'invalid_api_key',
      });
    case '429':
      return new LlmError(429, 'Rate limit reached for requests.', 'requests', {
        code: 'rate_limit_exceeded',
        retryAfter: fault.retryAfter,
      });
    case 'quota':
      return new LlmError(429, 'You exceeded your current quota.', 'insufficient_quota', {
        code: 'insufficient_quota',
      });
    case '5xx':
      return new LlmError(fault.status, 'The server is overloaded.', 'server_error');
    case 'slow':
    case 'hang':
    case 'reset':
      return undefined;
    default:
      return fault satisfies never;
  }
}
