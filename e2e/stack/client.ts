import type { Api, CallOptions } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { AnswerOf, CallRoute, Given } from '@undertone/contracts/client/route-types';
import { upload } from '@undertone/contracts/client/upload';
import { isTerminal } from '@undertone/contracts/jobs/job';
import type { Task } from '@undertone/contracts/jobs/task';
import { routes } from '@undertone/contracts/rest/routes';
import { eventually } from '@undertone/platform/test-kit/eventually';

/** What people do with the API: steps of several calls, and tasks polled to their ends. */
export class Client {
  readonly api: Api;
  constructor(url: string) {
    this.api = { url };
  }

  /** Calls a route, and holds its answer against the contract. */
  async call<K extends CallRoute>(route: K, ...given: Given<K, CallOptions>): Promise<AnswerOf<K>> {
    const answer: unknown = await call(this.api, route, ...given);
    return routes[route].success.body.parse(answer) as AnswerOf<K>;
  }

  /** Registers a person and stores tokens that the simulator takes. */
  async join(name: string): Promise<string> {
    const { user_id } = await this.call('registerUser', {
      spotify_user_id: name,
      display_name: `Listener ${name}`,
      email: `${name}@listeners.example`,
    });
    await this.call('storeTokens', {
      user_id,
      access_token: `sim-access-${name}`,
      refresh_token: `sim-refresh-${name}`,
      expires_in: 3600,
      scope: 'user-top-read user-read-recently-played',
    });
    return user_id;
  }

  /** The same key is the same job, so a request whose answer was lost may be sent again. */
  async ingest(user_id: string, idempotencyKey: string): Promise<string> {
    const input = { user_id, time_range: 'medium_term' } as const;
    return (await this.call('ingestListening', input, { idempotencyKey })).task_id;
  }

  /** As `ingest`: the same key is the same job. */
  async generate(snapshot_id: string, idempotencyKey: string): Promise<string> {
    const input = { snapshot_id, insight_type: 'wellness', tone_mode: 'supportive' } as const;
    return (await this.call('generateInsight', input, { idempotencyKey })).task_id;
  }

  /** Uploads one file of a data export. */
  upload(user_id: string, name: string, rows: readonly object[]): Promise<string> {
    return this.uploadFile(user_id, new File([JSON.stringify(rows)], name, { type: 'application/json' }));
  }

  async uploadFile(user_id: string, file: File): Promise<string> {
    return (await upload(this.api, 'createImport', { user_id }, file)).task_id;
  }

  /** Polls until the task ended; a system that is being killed may fail to answer meanwhile. */
  ended(task_id: string, timeoutMs = 120_000): Promise<Task> {
    const probe = async () => {
      const now = await this.call('getTask', { task_id });
      return isTerminal(now.status) && now;
    };
    return eventually(`task ${task_id} ends`, probe, timeoutMs);
  }

  /** Tries again until the system takes the request. */
  insist<T>(what: string, request: () => Promise<T>): Promise<T> {
    return eventually(what, async () => ({ given: await request() }), 60_000).then(({ given }) => given);
  }
}
