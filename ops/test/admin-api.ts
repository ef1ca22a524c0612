import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach } from 'vitest';

export const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
export const ID = '0199b2c4-9a01-7c4e-8d22-6b1f0c3e5a77';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

interface Answered {
  status?: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** An admin API that answers what a test puts there, by method and path; replays are streamed. */
export interface AdminApi {
  answers: Record<string, Answered | readonly object[]>;
  asked: Asked[];
}

/** Runs one for the tests of a file; each of them begins with no answers. */
export function adminApi(): AdminApi {
  const api: AdminApi = { answers: {}, asked: [] };
  let server: Server;
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      api.asked.push({
        method: request.method ?? '',
        path: request.url ?? '',
        body: text === '' ? undefined : JSON.parse(text),
      });
      const answer = api.answers[`${request.method} ${request.url}`] ?? {
        status: 404,
        body: { detail: 'there is no such replay', code: 'REPLAY_NOT_FOUND', trace_id: 'abc' },
      };
      if (Array.isArray(answer)) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const [nth, event] of answer.entries()) {
          response.write(`id: ${nth}\nevent: replay\ndata: ${JSON.stringify(event)}\n\n`);
        }
        response.end();
        return;
      }
      const { status = 200, body, headers } = answer as Answered;
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    api.answers = {};
    api.asked = [];
  });
  return api;
}

let url: string;

interface Outcome {
  readonly code: number | null;
  readonly said: string;
  readonly complained: string;
}

/** Runs a command against it. */
export const ops = (...words: string[]): Promise<Outcome> => opsAt({}, '--url', url, ...words);

/** Runs a command in an environment. */
export function opsAt(environment: Record<string, string>, ...words: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--conditions=undertone-source', MAIN, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    let said = '';
    let complained = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complained += chunk.toString();
    });
    child.once('exit', (code) => resolve({ code, said, complained }));
  });
}
