import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Play } from '../src/plays/play.entity.js';
import { periodUpTo } from '../src/snapshots/export-period.js';
import { listenedByPlays } from '../src/snapshots/listened-plays.js';
import { type Harness, startHarness } from './harness.js';

const LAST_DAY = '2026-10-30';

describe('what counts in a snapshot of plays', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness.stop());

  it.each(['short_term', 'medium_term', 'long_term'] as const)(
    'is all of %s: from its first moment, and without the first moment after its last day',
    async (range) => {
      const userId = newId();
      const { from, to } = periodUpTo(LAST_DAY, range);
      const moments = {
        before: new Date(Date.parse(from) - 1),
        first: new Date(from),
        last: new Date(Date.parse(to) - 1),
        after: new Date(to),
      };
      const em = harness.orm().em.fork();
      await em.insertMany(
        Play,
        Object.entries(moments).map(([trackId, playedAt], index) => ({
          id: newId(),
          userId,
          playedAt,
          trackId,
          source: 'export' as const,
          sequence: index + 1,
        })),
      );
      const found = await listenedByPlays(em, userId, { range, lastDay: LAST_DAY });
      expect(found?.listened.tracks.map(({ id }) => id)).toEqual(['first', 'last']);
      expect(found?.listened.period).toEqual({ from, to });
      expect(found?.sequence).toBe(3);
    },
  );
});
