import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { newId } from '@undertone/platform/ids/ids';
import { afterEach, describe, expect, it } from 'vitest';
import { Artist } from '../src/artists/artist.entity.js';
import { type Harness, startHarness } from './harness.js';

describe('the artists of an ingest', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  async function ingested() {
    const userId = newId();
    await harness.ingest(userId, 'short_term');
    const [snapshot] = (await harness.listening(userId)).flatMap(
      (event) => SnapshotComputed.read(event) ?? [],
    );
    const kept = await harness.orm().em.fork().find(Artist, {});
    // What the lists bring along is never asked for by itself.
    expect(Object.keys(harness.simulator.calls.summary().routes)).not.toContain('GET /v1/artists/{id}');
    return { snapshot, kept };
  }

  it('have their genres in the snapshot where Spotify still tells them', async () => {
    harness = await startHarness({ legacyFields: true });
    const { snapshot, kept } = await ingested();
    expect(kept).toHaveLength(50);
    expect(kept.every(({ genres }) => genres && genres.length > 0)).toBe(true);
    expect(snapshot?.genre_coverage).toBe(1);
    expect(snapshot?.top_genres.length).toBeGreaterThan(0);
  });

  it('have none where it does not, and the snapshot says so', async () => {
    harness = await startHarness();
    const { snapshot, kept } = await ingested();
    expect(kept).toHaveLength(50);
    expect(kept.every(({ genres }) => genres === null)).toBe(true);
    expect(snapshot).toMatchObject({ genre_coverage: 0, top_genres: [] });
  });
});
