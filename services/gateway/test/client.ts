import { problem } from '@undertone/contracts/rest/problem';
import { expect } from 'vitest';

/** An answer, read to its end. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed JSON; `undefined` when it is none. */
  readonly body: unknown;
}

export interface Sent {
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Send = (method: string, path: string, sent?: Sent) => Promise<Reply>;

/**
 * Sends what a test makes of a request, malformed or whole, and takes any answer: for what the contracts' client cannot
 * say or hides, such as unknown fields, wrong types and methods, and headers. Ordinary calls go through `caller`.
 */
export const client =
  (url: string): Send =>
  async (method, path, { query, json, headers } = {}) => {
    const target = new URL(path, url);
    for (const [name, value] of Object.entries(query ?? {})) target.searchParams.append(name, value);
    const response = await fetch(target, {
      method,
      redirect: 'manual',
      headers: { ...(json !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(json !== undefined && { body: typeof json === 'string' ? json : JSON.stringify(json) }),
    });
    return readToEnd(response);
  };

export async function readToEnd(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  };
}

/** The problem that an answer is, in the contracts' form and tied to its trace. */
export function problemOf(reply: Reply) {
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const found = problem.parse(reply.body);
  expect(found.status).toBe(reply.status);
  expect(found.trace_id).toMatch(/^[0-9a-f]{32}$/);
  expect(found.trace_id).toBe(reply.headers.get('x-trace-id'));
  return found;
}

/** The fields that an answer complains about. */
export const badFields = (reply: Reply): string[] =>
  (problemOf(reply).errors ?? []).map(({ path }) => path).sort();

/** The id in an answer to a request for long work. */
export function taskIdOf(reply: Reply): string {
  expect(reply.status).toBe(202);
  const { task_id, status } = reply.body as { task_id: string; status: string };
  // What is cancelled is decided when it is answered.
  expect(['queued', 'REVOKED']).toContain(status);
  expect(reply.headers.get('location')).toBe(`/api/tasks/${task_id}`);
  return task_id;
}
