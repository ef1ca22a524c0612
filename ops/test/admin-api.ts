import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

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

/** What a command ended with. */
export interface Said {
  readonly code: number | null;
  readonly said: string;
  readonly complained: string;
}

/** An admin API that answers what a test puts there, by method and path; a list is streamed. */
export class AdminApi {
  answers: Record<string, Answered | readonly object[]> = {};
  asked: Asked[] = [];
  private server: Server | undefined;
  private url = '';

  async start(): Promise<void> {
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      this.asked.push({
        method: request.method ?? '',
        path: request.url ?? '',
        body: text === '' ? undefined : JSON.parse(text),
      });
      const answer = this.answers[`${request.method} ${request.url}`] ?? {
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
      const type = { 'content-type': 'application/json', ...headers };
      response.writeHead(status, type).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.server = server;
  }

  stop(): Promise<unknown> {
    return new Promise((resolve) => this.server?.close(resolve));
  }

  forget(): void {
    this.answers = {};
    this.asked = [];
  }

  /** Runs a command against it. */
  ops(...words: string[]): Promise<Said> {
    return new Promise((resolve) => {
      const command = ['--conditions=undertone-source', MAIN, '--url', this.url, ...words];
      const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
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
}
