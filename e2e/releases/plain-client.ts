import { eventually } from '@undertone/platform/test-kit/eventually';

/** An answer as its release gave it. */
// biome-ignore lint/suspicious/noExplicitAny: releases differ in what they answer, so no contract is held against it.
export type Answer = any;

/** Talks to any release: by paths, without the contracts of this one. */
export class PlainClient {
  constructor(private readonly url: string) {}

  get = (path: string): Promise<Answer> => this.send(path);

  post(path: string, body: object): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    return this.send(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** Uploads one file of a data export. @returns the task's id. */
  async upload(user_id: string, name: string, rows: readonly object[]): Promise<string> {
    const body = new FormData();
    body.append('user_id', user_id);
    body.append('file', new Blob([JSON.stringify(rows)], { type: 'application/json' }), name);
    return (await this.send('/api/imports', { method: 'POST', body })).task_id;
  }

  /** Requests long work, and waits for its end. @returns the task. */
  async done(path: string, body: object): Promise<Answer> {
    return this.ended((await this.post(path, body)).task_id);
  }

  ended(task_id: string): Promise<Answer> {
    return eventually(`task ${task_id} ends`, async () => {
      const task = await this.get(`/api/tasks/${task_id}`);
      return ['SUCCESS', 'FAILURE'].includes(task.status) && task;
    });
  }

  /** @throws {Error} with the problem, where the answer is one. */
  private async send(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${path} gave ${response.status}: ${text}`);
    return JSON.parse(text);
  }
}
