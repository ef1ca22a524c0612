import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions } from '@undertone/contracts/client/api';
import { upload } from '@undertone/contracts/client/upload';
import { isTerminal } from '@undertone/contracts/jobs/job';
import type { Task } from '@undertone/contracts/jobs/task';
import { timeRange } from '@undertone/contracts/listening/snapshot';
import { askUntilAnswered } from '../stack/ask-until-answered.js';
import { Client } from '../stack/client.js';
import type { Chapter, Work } from './ledger.js';

const PAUSE_MS = 200;
const POLL_MS = 400;
const ASKERS = 2;
/** Who are there at once, at most: on a slow machine they come as fast as they are served. */
const CROWD = 20;
/** Rows of the file that some of them import. */
const ROWS = 300;

/** People who come one after another, each with all that one does with the product, whatever happens to the system. */
export class People {
  private readonly clients: readonly Client[];
  private coming = 0;
  private present = 0;

  constructor(gateways: readonly string[]) {
    this.clients = gateways.map((url) => new Client(url));
  }

  /**
   * Lets people come while `meanwhile` runs, then waits for what they, and the fault, asked for.
   * @param everyMs between two of them.
   * @param settleMs after which what has not ended counts as lost.
   */
  async during(
    chapter: Chapter,
    meanwhile: () => Promise<void>,
    { everyMs, settleMs }: { everyMs: number; settleMs: number },
  ): Promise<void> {
    const leaving = new AbortController();
    const lives: Promise<void>[] = [];
    let isOpen = true;
    const askers = Array.from({ length: ASKERS }, () =>
      this.askAlways(chapter, () => isOpen, leaving.signal),
    );
    const arriving = (async () => {
      for (; isOpen; await sleep(everyMs)) {
        if (this.present < CROWD) lives.push(this.live(chapter, leaving.signal));
      }
    })();
    try {
      await meanwhile();
    } finally {
      isOpen = false;
      await arriving;
      const tooLate = setTimeout(() => leaving.abort(), settleMs);
      await Promise.all([...lives, ...askers]);
      for (const { jobId } of chapter.accepted) {
        if (!leaving.signal.aborted) await this.ended(chapter, jobId, leaving.signal).catch(() => undefined);
      }
      clearTimeout(tooLate);
    }
  }

  /** One more person, who imports so many rows. @returns the import's id, once it is taken. */
  async importRows(chapter: Chapter, rows: number): Promise<string> {
    const { signal } = new AbortController();
    const userId = await this.register(chapter, signal, rows);
    return this.import(chapter, userId, rows, signal);
  }

  /** One more person, who is asked for as `name` at Spotify. @returns the id of the ingest that they asked for. */
  async ingestAs(chapter: Chapter, name: string): Promise<string> {
    const { signal } = new AbortController();
    const userId = await this.register(chapter, signal, undefined, name);
    await this.link(chapter, userId, name, signal);
    return this.ingest(chapter, userId, 'medium_term', signal);
  }

  /** Waits until a task has ended, as clients do. */
  async ended(chapter: Chapter, task_id: string, signal: AbortSignal): Promise<Task> {
    for (;;) {
      const task = await this.ask(chapter, 'a task', signal, (client, options) =>
        client.call('getTask', { task_id }, options),
      );
      if (isTerminal(task.status)) return task;
      await sleep(POLL_MS, undefined, { signal });
    }
  }

  /** Asks until there is an answer, of one gateway after another. */
  async ask<T>(
    chapter: Chapter,
    what: string,
    signal: AbortSignal,
    request: (client: Client, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const began = Date.now();
    const answer = await askUntilAnswered(this.clients, what, signal, request);
    chapter.answered(what, Date.now() - began);
    return answer;
  }

  private next(): number {
    this.coming += 1;
    return this.coming;
  }

  private async live(chapter: Chapter, signal: AbortSignal): Promise<void> {
    const turn = this.next();
    this.present += 1;
    try {
      if (turn % 4 === 0) await this.liveByImport(chapter, signal);
      else await this.liveBySpotify(chapter, turn, signal);
    } catch (error) {
      // Whoever left unserved has left jobs behind, which the audit names; or was never registered.
      chapter.lost.push(signal.aborted ? 'a person left unserved' : `refused for good: ${error}`);
    } finally {
      this.present -= 1;
    }
  }

  private async liveBySpotify(chapter: Chapter, turn: number, signal: AbortSignal): Promise<void> {
    const name = `listener-${turn}`;
    const userId = await this.register(chapter, signal, undefined, name);
    await this.link(chapter, userId, name, signal);
    const range = timeRange.options[turn % 3] ?? 'short_term';
    const ingest = await this.ended(chapter, await this.ingest(chapter, userId, range, signal), signal);
    const snapshot_id = ingest.result?.snapshot_id;
    if (typeof snapshot_id !== 'string') return;
    await Promise.all(
      (['wellness', 'roast'] as const).map(async (insight_type) => {
        const input = { snapshot_id, insight_type, tone_mode: 'neutral' } as const;
        const task = await this.accepted(chapter, 'insight', userId, signal, (client, options) =>
          client.call('generateInsight', input, { ...options, idempotencyKey: `${userId} ${insight_type}` }),
        );
        await this.ended(chapter, task, signal);
      }),
    );
  }

  private async liveByImport(chapter: Chapter, signal: AbortSignal): Promise<void> {
    const userId = await this.register(chapter, signal, ROWS);
    const task = await this.ended(chapter, await this.import(chapter, userId, ROWS, signal), signal);
    const next = task.result?.snapshots_task_id;
    if (typeof next !== 'string') return;
    chapter.accepted.push({ work: 'snapshots of an import', jobId: next, userId, askedAt: Date.now() });
    await this.ended(chapter, next, signal);
  }

  private async register(
    chapter: Chapter,
    signal: AbortSignal,
    imports: number | undefined,
    name = `importer-${this.next()}`,
  ): Promise<string> {
    const given = {
      spotify_user_id: name,
      display_name: `Listener ${name}`,
      email: `${name}@listeners.example`,
    };
    const { user_id } = await this.ask(chapter, 'registering', signal, (client, options) =>
      client.call('registerUser', given, options),
    );
    chapter.people.push({ name, userId: user_id, imports });
    return user_id;
  }

  private async link(chapter: Chapter, user_id: string, name: string, signal: AbortSignal): Promise<void> {
    const tokens = {
      user_id,
      access_token: `sim-access-${name}`,
      refresh_token: `sim-refresh-${name}`,
      expires_in: 3600,
      scope: 'user-top-read user-read-recently-played',
    };
    await this.ask(chapter, 'storing tokens', signal, (client, options) =>
      client.call('storeTokens', tokens, options),
    );
  }

  private ingest(
    chapter: Chapter,
    user_id: string,
    time_range: (typeof timeRange.options)[number],
    signal: AbortSignal,
  ): Promise<string> {
    return this.accepted(chapter, 'ingest', user_id, signal, (client, options) =>
      client.call(
        'ingestListening',
        { user_id, time_range },
        { ...options, idempotencyKey: `${user_id} ingest` },
      ),
    );
  }

  private import(chapter: Chapter, user_id: string, rows: number, signal: AbortSignal): Promise<string> {
    const text = JSON.stringify(Array.from({ length: rows }, (_, at) => invented(at)));
    const file = new File([text], 'Streaming_History_Audio_2019.json', { type: 'application/json' });
    return this.accepted(chapter, 'import', user_id, signal, (client, options) =>
      upload(client.api, 'createImport', { user_id }, file, {
        ...options,
        idempotencyKey: `${user_id} import`,
      }),
    );
  }

  private async accepted(
    chapter: Chapter,
    work: Work,
    userId: string,
    signal: AbortSignal,
    request: (client: Client, options: CallOptions) => Promise<{ task_id: string }>,
  ): Promise<string> {
    const askedAt = Date.now();
    const { task_id } = await this.ask(chapter, `requesting an ${work}`, signal, request);
    chapter.accepted.push({ work, jobId: task_id, userId, askedAt });
    return task_id;
  }

  /** Reads of somebody, again and again. */
  private async askAlways(chapter: Chapter, goesOn: () => boolean, signal: AbortSignal): Promise<void> {
    const questions = ['listSnapshots', 'listInsights', 'listHistory'] as const;
    for (let turn = 0; goesOn(); turn += 1) {
      await sleep(PAUSE_MS);
      const someone = chapter.people[Math.floor(Math.random() * chapter.people.length)];
      const question = questions[turn % questions.length] as (typeof questions)[number];
      if (!someone) continue;
      try {
        await this.ask(chapter, question, signal, (client, options) =>
          client.call(question, { user_id: someone.userId }, options),
        );
      } catch (error) {
        if (!signal.aborted) chapter.lost.push(`refused for good: ${error}`);
      }
    }
  }
}

/** A row of an export, each another play, and all of them to be kept. */
function invented(at: number): object {
  const track = (at * 7_919) % 4_001;
  return {
    ts: new Date(Date.UTC(2019, 0, 1) + at * 211_000).toISOString().replace('.000', ''),
    ms_played: 30_000 + ((at * 613) % 200_000),
    master_metadata_track_name: `Lantern ${track}`,
    master_metadata_album_artist_name: `Moss Choir ${track % 97}`,
    master_metadata_album_album_name: `Tide ${track % 331}`,
    spotify_track_uri: `spotify:track:${track.toString(36).padStart(22, '0')}`,
    skipped: false,
    incognito_mode: false,
  };
}
