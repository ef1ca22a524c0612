import { type InsightType, insightType, toneMode } from '@undertone/contracts/insight/insight';
import { describe, expect, it } from 'vitest';
import { textFaults } from '../checks/check-answer.js';
import { withoutNames } from '../facts/artists.js';
import type { Facts } from '../facts/facts.js';
import { wholeText } from '../insight-text/whole-text.js';
import { isTrueOf } from '../statements/is-true.js';
import { aheadOfUnknown, carries } from '../statements/statement.js';
import { insightTypes } from '../type-registry/insight-types.js';
import { titles as productivityTitles } from '../types/productivity/lines.js';
import { titles as roastTitles } from '../types/roast/lines.js';
import { titles as wellnessTitles } from '../types/wellness/titles.js';
import { exampleTexts } from './example-texts.js';

const firstSentence = (body: string) => body.split(/(?<=[.!?]) /)[0] ?? '';

const isOutnumbered = (facts: Facts) =>
  (['low', 'mid'] as const).some((direction) => isTrueOf(facts, { ...aheadOfUnknown, direction }));

/** Titles that rest on the mood that leads. */
function figures(type: InsightType): string[] {
  if (type === 'weekly_summary') return [];
  const titles = { wellness: wellnessTitles, roast: roastTitles, productivity: productivityTitles }[type];
  return Object.values(titles).flatMap((moods) =>
    Object.values(moods)
      .flat()
      .map((one) => (typeof one === 'string' ? one : one.words)),
  );
}

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

  it('say of a mood that leads only among the known that it does, in the title as in the first sentence', () => {
    const NAMED = /happy|calm|energetic|sad/i;
    const outnumbered = texts.filter(({ facts }) => isOutnumbered(facts));
    expect(outnumbered.length).toBeGreaterThan(0);
    for (const { text } of outnumbered) {
      expect(firstSentence(text.body)).toMatch(/\bknown\b|unknown/i);
      if (NAMED.test(text.title)) expect(text.title).toMatch(/\bknown\b/i);
      expect(figures(type)).not.toContain(text.title);
    }
  });

  it('have no figure of speech for a mood that does not carry one', () => {
    const weak = texts.filter(({ facts }) => isTrueOf(facts, { ...carries, direction: 'low' }));
    expect(weak.length).toBeGreaterThan(type === 'weekly_summary' ? -1 : 0);
    for (const { text } of weak) {
      expect(firstSentence(text.body)).toMatch(/\bknown\b/i);
      expect(figures(type)).not.toContain(text.title);
      expect(wholeText(text)).not.toMatch(
        /T-shirt|gold medal|kazoo|offender|audience award|silver goes|whisker/i,
      );
    }
  });

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
