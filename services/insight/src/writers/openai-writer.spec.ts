import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hostileNames } from '../../test/hostile/hostile-names.js';
import { artistsOf } from '../facts/artists.js';
import { factsOf } from '../facts/facts.js';
import { snapshotOf, weeks as weeksOfPlays } from '../facts/snapshots.arbitrary.js';
import { roastV1 } from '../types/roast/roast-v1.js';
import { weeklySummaryV2 } from '../types/weekly-summary/weekly-summary-v2.js';
import { wellnessV1 } from '../types/wellness/wellness-v1.js';
import { messagesOf } from './openai-writer.js';

const snapshot = snapshotOf({ happy: 20, sad: 9 });
const asked = (names: readonly string[], prompt = roastV1.content) => {
  const top_artists = names.map((name) => ({ artist_id: name, name, track_count: 1, play_count: 1 }));
  const artists = artistsOf({ ...snapshot, top_artists });
  return messagesOf({ prompt, tone: 'playful', facts: factsOf(snapshot, { artists }), seed: 'a' });
};
const FENCE = /<data-([0-9a-f]{16})>\n([\s\S]*?)\n<\/data-\1>/g;

it.each(hostileNames)('asks the same around the fence whatever a name says: %j', (name) => {
  const outside = (names: readonly string[]) =>
    asked(names).map(({ role, content }) => [role, content.replace(FENCE, '⋯')]);
  expect(outside([name])).toEqual(outside(['Ohm & Sons']));
  const [, artists] = [...(asked([name])[1]?.content.matchAll(FENCE) ?? [])].map(([, , json = '']) =>
    JSON.parse(json),
  );
  expect(artists.length).toBeLessThanOrEqual(1);
});

it('gives a model numbers and moods alone where the type has no use for names', () => {
  const said = asked(['Quiet Tram'], wellnessV1.content);
  expect(JSON.stringify(said)).not.toContain('Quiet Tram');
  expect(JSON.stringify(said)).not.toContain(snapshot.user_id);
  expect(said[1]?.content).toContain('"mood_patterns.happy.percentage": "69%"');
});

it('says of a summary which days its numbers are of, and gives no others', () => {
  const [weeks = []] = fc.sample(weeksOfPlays, { numRuns: 1, seed: 1 });
  const prompt = weeklySummaryV2.content;
  const [, ofWeek] = messagesOf({ prompt, tone: 'direct', facts: factsOf(snapshot, { weeks }), seed: 'a' });
  expect(ofWeek?.content).toContain('a summary of the week from 9 November 2026 to 15 November 2026 in');
  expect(ofWeek?.content).not.toMatch(/"(?:avg|mood_patterns|total)/);
  const [, ofSnapshot] = messagesOf({ prompt, tone: 'direct', facts: factsOf(snapshot), seed: 'a' });
  expect(ofSnapshot?.content).toContain('a summary of about the 6 months up to 20 November 2026 in');
});
