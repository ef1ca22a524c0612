import type { Problem } from '../rest/problem.js';

/** The API refused or failed: the problem it answered with (RFC 9457), or what can be said of another answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** The problem's code, as in `docs/errors.md`; absent when something before the gateway answered. */
  readonly code: string | undefined;
  readonly detail: string;
  /** Each bad field, by its path. */
  readonly errors: NonNullable<Problem['errors']>;
  readonly traceId: string | undefined;

  constructor(status: number, detail: string, { code, errors = [], trace_id }: Partial<Problem> = {}) {
    const fields = errors.map(({ path, message }) => `\n  ${path}: ${message}`).join('');
    const trace = trace_id ? `\n  trace ${trace_id}` : '';
    super(`${detail} (${[status, code].filter(Boolean).join(' ')})${fields}${trace}`);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.errors = errors;
    this.traceId = trace_id;
  }
}

/** There was no answer at all; `cause` says what the network said. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable';
  readonly url: string;

  /** @param url of the API. */
  constructor(url: string, options?: ErrorOptions) {
    super(
      `the API at ${url || 'this address'} does not answer: start it (npm start), or check the address`,
      options,
    );
    this.url = url;
  }
}

/** The error that an answer other than 2xx is. */
export async function errorOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const detail = problem.detail ?? problem.title ?? response.statusText;
  return new ApiError(response.status, detail, problem);
}
