import { insight } from '@undertone/contracts/insight/insight';
import { isTerminal } from '@undertone/contracts/jobs/job';
import { type Task, task } from '@undertone/contracts/jobs/task';
import { snapshot } from '@undertone/contracts/listening/snapshot';
import { queuedTask } from '@undertone/contracts/rest/queued-task';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { z } from 'zod';

const registered = z.object({ user_id: z.uuid() });

/** A client of the public API as people write them: JSON in and out, tasks polled. */
export class Client {
  constructor(private readonly url: string) {}

  async call(method: 'GET' | 'POST', path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
  }

  private async ok<T>(schema: z.ZodType<T>, ...request: Parameters<Client['call']>): Promise<T> {
    const { status, body } = await this.call(...request);
    if (status >= 300) throw new Error(`${request[0]} ${request[1]} gave ${status}: ${JSON.stringify(body)}`);
    return schema.parse(body);
  }

  /** Registers a person and stores tokens that the simulator takes. */
  async join(name: string): Promise<string> {
    const { user_id } = await this.ok(registered, 'POST', '/api/users/register', {
      spotify_user_id: name,
      display_name: `Listener ${name}`,
      email: `${name}@listeners.example`,
    });
    await this.ok(z.unknown(), 'POST', '/api/tokens/store', {
      user_id,
      access_token: `sim-access-${name}`,
      refresh_token: `sim-refresh-${name}`,
      expires_in: 3600,
      scope: 'user-top-read user-read-recently-played',
    });
    return user_id;
  }

  /** The same key is the same job, so a request whose answer was lost may be sent again. */
  async ingest(userId: string, key: string): Promise<string> {
    const body = { user_id: userId, time_range: 'medium_term' };
    return (await this.ok(queuedTask, 'POST', '/api/listening/ingest', body, { 'idempotency-key': key }))
      .task_id;
  }

  async generate(snapshotId: string, key: string): Promise<string> {
    const body = { snapshot_id: snapshotId, insight_type: 'wellness', tone_mode: 'supportive' };
    return (await this.ok(queuedTask, 'POST', '/api/insights/generate', body, { 'idempotency-key': key }))
      .task_id;
  }

  /** Uploads one file of a data export. */
  async upload(userId: string, name: string, rows: readonly object[]): Promise<string> {
    const form = new FormData();
    form.append('user_id', userId);
    form.append('file', new Blob([JSON.stringify(rows)], { type: 'application/json' }), name);
    const response = await fetch(`${this.url}/api/imports`, { method: 'POST', body: form });
    if (response.status !== 202)
      throw new Error(`the upload gave ${response.status}: ${await response.text()}`);
    return queuedTask.parse(await response.json()).task_id;
  }

  task(id: string): Promise<Task> {
    return this.ok(task, 'GET', `/api/tasks/${id}`);
  }

  /** Polls until the task ended; a system that is being killed may fail to answer meanwhile. */
  ended(id: string, timeoutMs = 120_000): Promise<Task> {
    const probe = async () => {
      const now = await this.task(id);
      return isTerminal(now.status) && now;
    };
    return eventually(`task ${id} ends`, probe, timeoutMs);
  }

  snapshots(userId: string) {
    return this.ok(z.array(snapshot), 'GET', `/api/listening/snapshots?user_id=${userId}`);
  }

  insights(userId: string) {
    return this.ok(z.array(insight), 'GET', `/api/insights/user/${userId}`);
  }

  insight(id: string) {
    return this.ok(insight, 'GET', `/api/insights/${id}`);
  }

  /** Tries again until the system takes the request. */
  insist<T>(what: string, request: () => Promise<T>): Promise<T> {
    return eventually(what, async () => ({ given: await request() }), 60_000).then(({ given }) => given);
  }
}
