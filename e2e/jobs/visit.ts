import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions } from '@undertone/contracts/client/api';
import { upload } from '@undertone/contracts/client/upload';
import { insightType, toneMode } from '@undertone/contracts/insight/insight';
import { isTerminal } from '@undertone/contracts/jobs/job';
import type { Task } from '@undertone/contracts/jobs/task';
import { timeRange } from '@undertone/contracts/listening/snapshot';
import { inventedRows } from '@undertone/simulators/spotify/invented-export';
import { askUntilAnswered, RefusedForGood } from '../stack/ask-until-answered.js';
import type { Client } from '../stack/client.js';
import type { Diary, Ending } from './diary.js';
import { between, draw } from './draw.js';

const POLL_MS = 400;
/** How many people send a request twice at once. */
const TWICE = 0.2;

type Request = (client: Client, options: CallOptions) => Promise<{ task_id: string }>;

/** What a visit takes place in. */
export interface Scene {
  readonly clients: readonly Client[];
  readonly diary: Diary;
  readonly seed: string;
  readonly signal: AbortSignal;
  /** Lets Spotify fail so many calls of a person with 503. */
  readonly fail: (name: string, times: number) => void;
}

/**
 * One person who comes once. All that they do follows from the seed and the number of the visit, keys of requests included: a visit
 * that was cut off is made once more from its beginning, and comes to the same jobs.
 */
export class Visit {
  private userId = '';
  private plays: number | undefined;

  constructor(
    private readonly scene: Scene,
    private readonly number: number,
  ) {}

  async make(): Promise<void> {
    const kind = this.draw('kind');
    if (kind < 0.55) await this.listen();
    else if (kind < 0.65) await this.bringHistory();
    else if (kind < 0.75) await this.comeUnlinked();
    else await this.changeTheirMind();
    this.scene.diary.tell('done', {
      visit: this.number,
      ...(this.plays !== undefined && { plays: this.plays }),
    });
  }

  /** Ingests of several ranges, and insights from each snapshot. */
  private async listen(): Promise<void> {
    await this.register();
    await this.link();
    if (this.draw('spotify fails') < 0.15) this.scene.fail(this.name, 1);
    const ranges = timeRange.options.slice(0, this.between(1, 3, 'ranges'));
    await Promise.all(
      ranges.map(async (range) => {
        const { result } = await this.ended(await this.ingest(range, 'success'));
        const wanted = this.between(1, 3, range, 'insights');
        await Promise.all(
          Array.from({ length: wanted }, async (_, at) => {
            await this.ended(await this.generate(String(result?.snapshot_id), at, 'success', range));
          }),
        );
      }),
    );
  }

  /** An export, and perhaps a later one that has half of the same streams. */
  private async bringHistory(): Promise<void> {
    await this.register();
    const rows = this.between(20, 200, 'rows');
    await this.import(rows, 0);
    this.plays = rows;
    if (this.draw('again') > 0.4) return;
    const half = Math.floor(rows / 2);
    await this.import(rows, half);
    this.plays = rows + half;
  }

  private async import(rows: number, from: number): Promise<void> {
    const step = `import from ${from}`;
    const text = JSON.stringify(inventedRows(rows, from));
    const file = new File([text], 'Streaming_History_Audio_2019.json', { type: 'application/json' });
    const input = { user_id: this.userId };
    const task = await this.accepted(step, 'import', 'success', ({ api }, options) =>
      upload(api, 'createImport', input, file, options),
    );
    const { result } = await this.ended(task);
    const next = String(result?.snapshots_task_id);
    this.tell(`${step}, snapshots`, 'snapshots of an import', 'success', next);
    await this.ended(next);
  }

  /** An ingest fails for want of an account; it is linked, and the ingest asked for again. */
  private async comeUnlinked(): Promise<void> {
    await this.register();
    const failed = await this.ingest('short_term', 'failure');
    await this.ended(failed);
    await this.link();
    await this.ended(await this.retry(failed, 'success'));
  }

  /** Jobs that are cancelled, some of them too late; the work of some is asked for again. */
  private async changeTheirMind(): Promise<void> {
    await this.register();
    await this.link();
    const ingest = await this.ingest('long_term', 'cancelled-or-not');
    let snapshot = await this.cancelled(ingest);
    if (snapshot === undefined && this.draw('retry') < 0.6) {
      snapshot = (await this.ended(await this.retry(ingest, 'success'))).result?.snapshot_id;
    }
    if (snapshot === undefined) return;
    const insight = await this.generate(String(snapshot), 0, 'cancelled-or-not', 'after all');
    await this.cancelled(insight, 'insight_id');
  }

  /** Cancels a task at some moment. @returns what it gave, where it had ended before. */
  private async cancelled(task_id: string, of = 'snapshot_id'): Promise<unknown> {
    await sleep(this.between(0, 700, task_id, 'cancels'), undefined, { signal: this.scene.signal });
    try {
      await this.ask('cancelling', (client, options) => client.call('cancelTask', { task_id }, options));
      this.scene.diary.tell('cancelled', { task_id });
    } catch (error) {
      if (!(error instanceof RefusedForGood && error.code === 'TASK_ENDED')) throw error;
    }
    return (await this.ended(task_id)).result?.[of];
  }

  private async register(): Promise<void> {
    const { name } = this;
    const given = {
      spotify_user_id: name,
      display_name: `Listener ${name}`,
      email: `${name}@listeners.example`,
    };
    const { user_id } = await this.ask('registering', (client, options) =>
      client.call('registerUser', given, options),
    );
    this.userId = user_id;
    this.scene.diary.tell('registered', { visit: this.number, user_id });
  }

  private async link(): Promise<void> {
    const tokens = {
      user_id: this.userId,
      access_token: `sim-access-${this.name}`,
      refresh_token: `sim-refresh-${this.name}`,
      expires_in: 3600,
      scope: 'user-top-read user-read-recently-played',
    };
    await this.ask('storing tokens', (client, options) => client.call('storeTokens', tokens, options));
  }

  private ingest(time_range: (typeof timeRange.options)[number], ending: Ending): Promise<string> {
    const input = { user_id: this.userId, time_range };
    return this.accepted(`ingest of ${time_range}`, 'ingest', ending, (client, options) =>
      client.call('ingestListening', input, options),
    );
  }

  private generate(snapshot_id: string, at: number, ending: Ending, of: string): Promise<string> {
    const input = {
      snapshot_id,
      insight_type: insightType.options[at] ?? 'wellness',
      tone_mode: toneMode.options[this.between(0, 3, of, at, 'tone')] ?? 'neutral',
    };
    return this.accepted(`insight ${at} of ${of}`, 'insight', ending, (client, options) =>
      client.call('generateInsight', input, options),
    );
  }

  private retry(task_id: string, ending: Ending): Promise<string> {
    return this.accepted(`retry of ${task_id}`, 'retry', ending, (client, options) =>
      client.call('retryTask', { task_id }, options),
    );
  }

  /** Asks for a job, some people twice at once; however often, it is the same. */
  private async accepted(step: string, work: string, ending: Ending, request: Request): Promise<string> {
    const { seed } = this.scene;
    const once = async () => {
      const idempotencyKey = `${seed} ${this.number} ${step}`;
      const { task_id } = await this.ask(`requesting ${work}`, (client, options) =>
        request(client, { ...options, idempotencyKey }),
      );
      this.tell(step, work, ending, task_id);
      return task_id;
    };
    const [task = ''] = await Promise.all(this.draw(step, 'twice') < TWICE ? [once(), once()] : [once()]);
    return task;
  }

  private tell(step: string, work: string, ending: Ending, task_id: string): void {
    const { number: visit, userId: user_id } = this;
    this.scene.diary.tell('accepted', { visit, step, task_id, user_id, work, ending });
  }

  private async ended(task_id: string): Promise<Task> {
    for (;;) {
      const task = await this.ask('a task', (client, options) =>
        client.call('getTask', { task_id }, options),
      );
      if (isTerminal(task.status)) return task;
      await sleep(POLL_MS, undefined, { signal: this.scene.signal });
    }
  }

  private ask<T>(what: string, request: (client: Client, options: CallOptions) => Promise<T>): Promise<T> {
    return askUntilAnswered(this.scene.clients, what, this.scene.signal, request);
  }

  private get name(): string {
    return `soak-${this.scene.seed}-${this.number}`;
  }

  private draw(...parts: readonly (string | number)[]): number {
    return draw(this.scene.seed, this.number, ...parts);
  }

  private between(from: number, to: number, ...parts: readonly (string | number)[]): number {
    return between(from, to, this.scene.seed, this.number, ...parts);
  }
}
