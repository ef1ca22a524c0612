import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Play } from '../src/plays/play.entity.js';
import { type Harness, startHarness } from './harness.js';

describe('an ingest', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness.stop());

  const list = (user_id: string) => harness.rpc.ask(listSnapshots, { user_id, limit: 50 });

  it('ends with a snapshot that can be read at once', async () => {
    const userId = newId();
    const { task } = await harness.ingest(userId, 'medium_term');
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 1 });

    const { items } = await list(userId);
    expect(items).toMatchObject([
      {
        id: task.result?.snapshot_id,
        user_id: userId,
        time_range: 'medium_term',
        source: 'simulator',
        total_tracks_analyzed: 50,
        classifier_version: 'mood-v1',
        audio_features: { source: 'simulator' },
      },
    ]);
    const counted = Object.values(items[0]?.mood_patterns ?? {}).reduce(
      (sum, mood) => sum + mood.track_count,
      0,
    );
    expect(counted).toBe(50);
  });

  it('leaves three facts in the log, without a name in them', async () => {
    const userId = newId();
    const { task } = await harness.ingest(userId, 'short_term');
    const events = await harness.listening(userId);
    expect(events.map(({ type }) => type)).toEqual([
      'undertone.listening.plays-fetched',
      'undertone.listening.listening-ingested',
      'undertone.listening.snapshot-computed',
    ]);
    expect(events.every(({ correlationId }) => correlationId === task.task_id)).toBe(true);
    const text = JSON.stringify(events);
    for (const track of harness.simulator.catalogue.tracks) expect(text).not.toContain(track.name);
  });

  it('keeps each play once, however often it is told', async () => {
    const userId = newId();
    await harness.ingest(userId, 'short_term');
    await harness.ingest(userId, 'medium_term');
    const plays = await harness.orm().em.fork().find(Play, { userId });
    expect(plays.length).toBeGreaterThan(0);
    expect(new Set(plays.map(({ playedAt }) => playedAt.getTime())).size).toBe(plays.length);
    expect(plays.length).toBeLessThanOrEqual(50);
  });
});
