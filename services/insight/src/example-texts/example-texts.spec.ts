import { insightType, toneMode } from '@undertone/contracts/insight/insight';
import { describe, expect, it } from 'vitest';
import { textFaults } from '../checks/check-answer.js';
import { withoutNames } from '../facts/artists.js';
import type { Facts } from '../facts/facts.js';
import { insightTypes } from '../type-registry/insight-types.js';
import { exampleTexts } from './example-texts.js';

const firstSentence = (body: string) => body.split(/(?<=[.!?]) /)[0] ?? '';

/** The moods that lead in what a text is about; none where nothing is known. */
function leaders({ snapshot, weeks: [week] }: Facts): string {
  const counts = week
    ? Object.entries(week.moods)
    : Object.entries(snapshot.mood_patterns).map(
        ([mood, { track_count, play_count }]) => [mood, play_count ?? track_count] as const,
      );
  const known = counts.filter(([mood]) => mood !== 'unknown');
  const most = Math.max(...known.map(([, count]) => count));
  return most === 0 ? '' : known.flatMap(([mood, count]) => (count === most ? mood : [])).join();
}

describe.each(insightType.options)('50 texts of %s', (type) => {
  const texts = toneMode.options.flatMap((tone) => exampleTexts({ type, tone, count: 50, seed: 1 }));

  it('have no number that is not in the facts, and nothing else that no text may have', () => {
    for (const { facts, text } of texts)
      expect(textFaults(withoutNames(text, facts.artists), insightTypes[type], facts)).toEqual([]);
  }, 30_000);

  it('open differently for different moods, and not by the name of the mood alone', () => {
    const moodOf = new Map<string, string>();
    for (const { facts, text } of texts) {
      const mood = leaders(facts);
      if (mood === '' || mood.includes(',')) continue;
      const frame = firstSentence(text.body).replaceAll(new RegExp(mood, 'gi'), '*');
      expect(moodOf.get(frame) ?? mood).toBe(mood);
      moodOf.set(frame, mood);
    }
    expect(new Set(moodOf.values()).size).toBe(4);
    expect(moodOf.size).toBeGreaterThanOrEqual(16);
  });
});
