import { STATUS_CODES } from 'node:http';
import { type ProblemCode, statusOf } from '@undertone/contracts/problems';
import type { Problem } from '@undertone/contracts/rest/problem';

/** One bad field: where it is and what is wrong with it. */
export type FieldError = NonNullable<Problem['errors']>[number];

/** The answer to a request that cannot be served, as problem details (RFC 9457). */
export class HttpProblem extends Error {
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param code stable; clients may rely on it.
   * @param detail for people; never says what is inside.
   * @param more.status given only where it is not the code's own: a status that Fastify chose, or a code of another release.
   */
  constructor(
    readonly code: ProblemCode,
    detail: string,
    more: {
      status?: number;
      errors?: readonly FieldError[] | undefined;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
    this.name = 'HttpProblem';
    this.status = more.status ?? statusOf(code);
    this.errors = more.errors;
    this.headers = more.headers ?? {};
  }

  toBody(traceId: string): Problem {
    return {
      type: `urn:undertone:problem:${this.code.toLowerCase().replaceAll('_', '-')}`,
      title: STATUS_CODES[this.status] ?? 'Unknown',
      status: this.status,
      detail: this.message,
      code: this.code,
      ...(this.errors && { errors: [...this.errors] }),
      trace_id: traceId,
    };
  }
}

export const invalidInput = (errors: readonly FieldError[]): HttpProblem =>
  new HttpProblem('INVALID_INPUT', 'a field is missing, wrong or unknown', { errors });
