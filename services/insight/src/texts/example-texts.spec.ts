import { insightType, toneMode } from '@undertone/contracts/insight/insight';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { describe, expect, it } from 'vitest';
import { withoutNames } from '../types/artists.js';
import { insightTypes } from '../types/insight-types.js';
import { textFaults } from '../writers/checks/check-answer.js';
import { exampleTexts } from './example-texts.js';

const firstSentence = (body: string) => body.split(/(?<=[.!?]) /)[0] ?? '';

/** The moods that lead; none where nothing is known. */
function leaders({ mood_patterns: moods }: Snapshot): string {
  const known = Object.entries(moods).filter(([mood]) => mood !== 'unknown');
  const most = Math.max(...known.map(([, { track_count }]) => track_count));
  return most === 0
    ? ''
    : known.flatMap(([mood, { track_count }]) => (track_count === most ? mood : [])).join();
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
      const mood = leaders(facts.snapshot);
      if (mood === '' || mood.includes(',')) continue;
      const frame = firstSentence(text.body).replaceAll(new RegExp(mood, 'gi'), '*');
      expect(moodOf.get(frame) ?? mood).toBe(mood);
      moodOf.set(frame, mood);
    }
    expect(new Set(moodOf.values()).size).toBe(4);
    expect(moodOf.size).toBeGreaterThanOrEqual(16);
  });
});
