import { consumers } from '@undertone/contracts/consumers';
import type { Insight } from '@undertone/contracts/insight/insight';
import { listInsights } from '@undertone/contracts/insight/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { getPrompt, publishPrompt } from '@undertone/contracts/prompt/rpc';
import { type Replay, type ReplayStatus, replayOrder } from '@undertone/contracts/replay/replay';
import { controlReplay, getReplay, orderReplay, type ReplayControl } from '@undertone/contracts/replay/rpc';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { computedData, inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { eventually } from '@undertone/platform/test-kit/eventually';
import type { z } from 'zod';
import type { Harness } from './harness.js';
import { NEXT, SHIPPED_NUMBER } from './shipped.js';

/** An operator, and the log that ingestion and other operators write. */
export class Operator {
  constructor(private readonly harness: Harness) {}

  /** A snapshot was computed, and replays can find it; ingestion knows it unless told otherwise. */
  async compute(change: Partial<Snapshot> = {}, isKnown = true): Promise<Snapshot> {
    const snapshot = inventedSnapshot(change);
    if (isKnown) this.harness.keep(snapshot);
    const aggregate = listeningAggregate(snapshot.user_id);
    const last = await this.harness.store.last(aggregate.stream, aggregate.filter);
    const { sequence } = await this.harness.store.append(
      aggregate,
      {
        definition: SnapshotComputed,
        id: newId(),
        time: new Date(),
        source: 'test',
        data: computedData(snapshot),
      },
      last?.sequence ?? 0,
    );
    // Counts of a replay that ends early, or of a canary, are of what is known.
    const progress = this.harness.service.get<ProjectionProgress>(ProjectionProgress);
    await progress.reached(consumers.knownSnapshots, sequence, new AbortController().signal);
    return snapshot;
  }

  /** A snapshot with an insight of the version in use. */
  async listener(change: Partial<Snapshot> = {}): Promise<Snapshot> {
    const snapshot = await this.compute(change);
    await this.harness.generate(snapshot.id, snapshot.user_id);
    return snapshot;
  }

  /** Publishes the shipped wellness prompt with one word changed, which becomes `NEXT`. */
  async publish(): Promise<void> {
    const { rpc } = this.harness;
    const { versions } = await eventually('the shipped version is published', async () => {
      const found = await rpc.ask(getPrompt, { name: 'wellness' });
      return found.labels.production === SHIPPED_NUMBER && found;
    });
    const { messages, variables, parameters } = versions.at(-1) ?? {};
    await rpc.ask(publishPrompt, {
      name: 'wellness',
      messages: (messages ?? []).map((message) => ({
        ...message,
        content: message.content.replace('sounded', 'felt'),
      })),
      variables: variables ?? {},
      parameters: parameters ?? {},
      model: null,
      changelog: 'one word is better',
    });
  }

  async order(change: Partial<z.input<typeof replayOrder>> = {}): Promise<Replay> {
    const { replay } = await this.ask(change, false);
    if (!replay) throw new Error('it was no dry run');
    return replay;
  }

  async estimate(change: Partial<z.input<typeof replayOrder>> = {}) {
    return (await this.ask(change, true)).estimate;
  }

  async warnings(change: Partial<z.input<typeof replayOrder>> = {}) {
    return (await this.ask(change, true)).warnings;
  }

  private ask(change: Partial<z.input<typeof replayOrder>>, dry_run: boolean) {
    const order = replayOrder.parse({ insight_type: 'wellness', prompt_version: NEXT, ...change });
    return this.harness.rpc.ask(orderReplay, { order, dry_run });
  }

  async control(replay: Replay, control: ReplayControl): Promise<Replay> {
    return (await this.harness.rpc.ask(controlReplay, { replay_id: replay.id, control })).replay;
  }

  async look({ id }: Replay): Promise<Replay> {
    const { replay } = await this.harness.rpc.ask(getReplay, { replay_id: id });
    if (!replay) throw new Error('there is no such replay');
    return replay;
  }

  becomes(replay: Replay, status: ReplayStatus, timeoutMs = 30_000): Promise<Replay> {
    return eventually(
      `replay is ${status}`,
      async () => {
        const now = await this.look(replay);
        return now.status === status && now;
      },
      timeoutMs,
    );
  }

  /** Paused, and over with what was under way: the pause comes first, and the jobs end after it. */
  comesToRest(replay: Replay): Promise<Replay> {
    return eventually('replay is paused, and nothing is under way', async () => {
      const now = await this.look(replay);
      return now.status === 'paused' && now.progress.under_way === 0 && now;
    });
  }

  /** What a person's list shows. */
  async shown({ user_id }: Snapshot, prompt_version?: string): Promise<Insight[]> {
    const query = { user_id, limit: 200, ...(prompt_version && { prompt_version }) };
    return (await this.harness.rpc.ask(listInsights, query)).items;
  }

  async versions(snapshot: Snapshot): Promise<string[]> {
    return (await this.shown(snapshot)).map((insight) => insight.prompt_version);
  }
}
