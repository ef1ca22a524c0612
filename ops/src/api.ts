/** The admin API did not do what was asked; the message is for whoever typed it. */
export class ApiError extends Error {
  /** @param status of the answer; absent when there was none. */
  readonly status: number | undefined;
  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.status = status;
  }
}

interface Problem {
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly trace_id?: string;
}

/** The admin API at an address. */
export class Api {
  private readonly url: string;
  constructor(url: string) {
    this.url = url;
  }

  /** @throws {ApiError} with the problem's own words. */
  async call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
    const response = await this.send(path, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return (await response.json()) as T;
  }

  /** A page of a list, and the path of the one after it. @throws {ApiError} */
  async page<T>(path: string): Promise<{ rows: T[]; next: string | undefined }> {
    const response = await this.send(path);
    const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    return { rows: (await response.json()) as T[], next };
  }

  /** An answer whose body is read as it comes. @throws {ApiError} */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(new URL(path, this.url), init).catch((cause: unknown) => {
      throw new ApiError(
        `nobody answers at ${this.url}: start the system (npm start), or name its address with --url or UNDERTONE_URL`,
        undefined,
        {
          cause,
        },
      );
    });
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const fields = (problem.errors ?? []).map(({ path, message }) => `\n  ${path}: ${message}`).join('');
  const trace = problem.trace_id ? `\n  trace ${problem.trace_id}` : '';
  const what = problem.detail ?? response.statusText;
  return new ApiError(`${what} (${response.status} ${problem.code ?? ''})${fields}${trace}`, response.status);
}
