import { insightText, type ToneMode, toneMode } from '@undertone/contracts/insight/insight';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forbiddenClaims } from '../../checks/forbidden-claims.js';
import { unknownNumbers } from '../../checks/unknown-numbers.js';
import { factsOf } from '../../facts/facts.js';
import type { KnownMood } from '../../facts/ranking.js';
import { citableMetrics } from '../../facts/shown-numbers.js';
import { snapshotOf, snapshots } from '../../facts/snapshots.arbitrary.js';
import { Draw } from '../../wording/draw.js';
import { read } from '../../wording/reading.js';
import { sparseTitles } from '../../wording/sparse.js';
import { templateWriter } from '../../writers/template-writer.js';
import { moodlessOpenings, openings, tiedOpenings } from './openings.js';
import { tiedTitles, titles } from './titles.js';
import { wellness } from './wellness.js';
import { wellnessV1 } from './wellness-v1.js';
import { writeWellness as write } from './write-wellness.js';

const tones = toneMode.options;
const writeWellness = (snapshot: Snapshot, tone: ToneMode, seed: string) =>
  write(factsOf(snapshot), tone, seed);
const moods: KnownMood[] = ['happy', 'calm', 'energetic', 'sad'];
const seeds = Array.from({ length: 30 }, (_, n) => `0199b2c4-6f1e-7a35-9c1d-0000000000${n + 10}`);

function wholeOf({ title, body, highlights, tips }: ReturnType<typeof writeWellness>): string {
  return [title, body, ...highlights.map(({ text }) => text), ...tips].join('\n');
}
const firstSentence = (body: string) => body.split(/(?<=[.!?]) /)[0] ?? '';
const inEachTone = (snapshot: Snapshot, seed = 'a') =>
  tones.map((tone) => writeWellness(snapshot, tone, seed));

describe('a wellness text of any snapshot', () => {
  it('is valid, true to the numbers and free of claims, in each tone', () => {
    fc.assert(
      fc.property(snapshots, fc.constantFrom(...tones), fc.uuid(), (snapshot, tone, seed) => {
        const text = writeWellness(snapshot, tone, seed);
        const whole = wholeOf(text);
        expect(insightText.parse(text)).toEqual(text);
        expect(unknownNumbers(whole, factsOf(snapshot))).toEqual([]);
        expect(forbiddenClaims(whole)).toEqual([]);
        expect(whole).not.toMatch(/undefined|null|NaN|\[object|\{|\}| {2}|\.\.|,,| [.,;:]/);
        const metrics = citableMetrics(factsOf(snapshot));
        for (const { metric } of text.highlights) expect(metrics).toContain(metric);
        expect(new Set(text.highlights.map(({ metric }) => metric)).size).toBe(text.highlights.length);
        expect(text.tips.length).toBeGreaterThanOrEqual(2);
        expect(new Set(text.tips).size).toBe(text.tips.length);
        expect(text.body.split('\n\n').length).toBeLessThanOrEqual(5);
        expect(writeWellness(snapshot, tone, seed)).toEqual(text);
      }),
      { numRuns: 150 },
    );
  }, 30_000);

  it('says where few features are known, and where all was invented', () => {
    fc.assert(
      fc.property(snapshots, fc.constantFrom(...tones), fc.uuid(), (snapshot, tone, seed) => {
        const { body } = writeWellness(snapshot, tone, seed);
        const isThin = snapshot.total_tracks_analyzed > 0 && snapshot.audio_features.coverage < 0.8;
        if (isThin) expect(body).toMatch(/eatures are known for [\d,]+ of [\d,]+ tracks?/);
        else expect(body).not.toMatch(/eatures are known for/);
        expect(body.endsWith('made from simulated listening.')).toBe(snapshot.source === 'simulator');
      }),
    );
  });
});

describe('variety', () => {
  const led = (mood: KnownMood) => snapshotOf({ happy: 5, calm: 5, energetic: 5, sad: 5, [mood]: 20 });

  it('opens differently for each leading mood, whatever the seed', () => {
    for (const tone of tones) {
      const openings = moods.map(
        (mood) => new Set(seeds.map((seed) => firstSentence(writeWellness(led(mood), tone, seed).body))),
      );
      const all = openings.flatMap((set) => [...set]);
      expect(new Set(all).size).toBe(all.length);
      // Not the same sentence with the mood's name exchanged.
      const frames = openings.flatMap((set, at) =>
        [...set].map((said) => said.replace(new RegExp(moods[at] ?? '', 'i'), '*')),
      );
      expect(new Set(frames).size).toBe(frames.length);
    }
  });

  it('words the same numbers differently for other seeds and tones', () => {
    for (const tone of tones) {
      const bodies = seeds.map((seed) => writeWellness(led('calm'), tone, seed).body);
      expect(new Set(bodies).size).toBeGreaterThan(seeds.length * 0.6);
    }
    expect(new Set(inEachTone(led('sad')).map(({ body }) => firstSentence(body))).size).toBe(tones.length);
  });

  it('is shortest where it is direct', () => {
    const [neutral, supportive, playful, direct] = inEachTone(led('happy')).map(({ body }) => body.length);
    expect(direct).toBeLessThan(Math.min(neutral ?? 0, supportive ?? 0, playful ?? 0) * 0.75);
  });
});

describe('edges', () => {
  it('invents nothing without tracks', () => {
    for (const text of inEachTone(snapshotOf({}))) {
      expect(text.highlights).toEqual([
        { metric: 'total_tracks_analyzed', text: 'No tracks were analysed.' },
      ]);
      expect(text.body).toMatch(/no tracks/i);
    }
  });

  it('names no mood of the music without features', () => {
    for (const text of inEachTone(snapshotOf({ unknown: 12 }))) {
      expect(text.body).toMatch(/eatures are known for 0 of 12 tracks/);
      expect(text.highlights.map(({ metric }) => metric)).toEqual(['coverage']);
      expect(text.body).not.toMatch(/sounded (happy|calm|energetic|sad)|energetic|\bsad\b/);
    }
  });

  it('speaks of measures alone where features are known and moods are not', () => {
    const snapshot = snapshotOf(
      { unknown: 12 },
      { features: { avg_energy: 0.7, coverage: 1, known_tracks: 12, source: 'spotify' } },
    );
    for (const text of inEachTone(snapshot)) {
      expect(text.body).toContain('0.70');
      expect(text.body).toMatch(/moods?/);
      expect(text.highlights.map(({ metric }) => metric)).toEqual(['coverage']);
    }
  });

  it('tells a single mood from a mere lead', () => {
    for (const tone of tones) {
      for (const seed of seeds) {
        const { body, highlights } = writeWellness(snapshotOf({ calm: 30 }), tone, seed);
        expect(body).toMatch(/all 30 tracks \(100%\)/i);
        expect(highlights.map(({ metric }) => metric)).not.toContain('mood_diversity_score');
      }
    }
  });

  it('names everyone in a tie', () => {
    for (const { body } of inEachTone(snapshotOf({ happy: 8, sad: 8, calm: 2 }))) {
      expect(firstSentence(body.replace('finish! ', 'finish: '))).toMatch(/happy and sad/i);
      expect(body).toContain('8 tracks each');
    }
  });

  it('passes over deviations that are not known', () => {
    for (const { body } of inEachTone(snapshotOf({ happy: 1 }))) {
      expect(body).not.toMatch(/spread|deviation/);
      expect(body).toContain('the only track there was');
    }
  });

  it('says how many tracks have no mood where coverage is good', () => {
    for (const { body } of inEachTone(snapshotOf({ happy: 30, sad: 12, unknown: 8 }))) {
      expect(body).toContain('8 of 50 tracks (16%)');
    }
  });

  it('marks simulated features of real listening', () => {
    const [text] = inEachTone(snapshotOf({ happy: 10 }, { features: { source: 'simulator' } }));
    expect(text?.body).toMatch(/simulated audio features\.$/);
  });
});

describe.each(tones)('the first words of a %s text', (tone) => {
  const draw = (snapshot: Snapshot) => new Draw('a', factsOf(snapshot));

  it('are of the mood that leads', () => {
    const snapshot = snapshotOf({ happy: 8, sad: 30 });
    const { title, body } = writeWellness(snapshot, tone, 'a');
    const r = read(factsOf(snapshot), draw(snapshot));
    expect(title).toBe(draw(snapshot).pick('title', titles[tone].sad));
    expect(body.startsWith(draw(snapshot).pick('opening', openings[tone].sad)(r))).toBe(true);
  });

  it('are of a tie where moods share first place', () => {
    const snapshot = snapshotOf({ happy: 20, sad: 20, calm: 4 });
    const { title, body } = writeWellness(snapshot, tone, 'a');
    const r = read(factsOf(snapshot), draw(snapshot));
    expect(title).toBe(draw(snapshot).pick('title', tiedTitles[tone]));
    expect(body.startsWith(draw(snapshot).pick('opening', tiedOpenings[tone])(r))).toBe(true);
  });

  it('say how much it is, of what is known, where a tie has less than is unknown', () => {
    const { title, body } = writeWellness(snapshotOf({ happy: 8, sad: 8, unknown: 40 }), tone, 'a');
    expect(title).toMatch(/known.*happy and sad/);
    expect(body).toMatch(/^[^.]*known moods?[^.]*\. That is 8 tracks each, the most of any known mood\./i);
  });

  it('say what is missing, where it is', () => {
    const measured = snapshotOf(
      { unknown: 12 },
      { features: { avg_energy: 0.7, coverage: 1, known_tracks: 12, source: 'spotify' } },
    );
    for (const [extent, snapshot] of [
      ['no-tracks', snapshotOf({})],
      ['no-features', snapshotOf({ unknown: 12 })],
      ['no-moods', measured],
    ] as const)
      expect(sparseTitles[extent][tone]).toContain(writeWellness(snapshot, tone, 'a').title);
    const opening = draw(measured).pick('opening', moodlessOpenings[tone]);
    const r = read(factsOf(measured), draw(measured));
    expect(writeWellness(measured, tone, 'a').body.split('\n\n')[0]).toBe(opening(r));
  });
});

it('is what the template engine writes, and no model wrote it', async () => {
  const facts = factsOf(snapshotOf({ happy: 3 }));
  const { signal } = new AbortController();
  const request = {
    seed: 'a',
    type: wellness,
    tone: 'neutral',
    facts,
    prompt: wellnessV1.content,
    caller: { jobId: 'job', userId: facts.snapshot.user_id, lane: 'interactive' },
    signal,
  } as const;
  const writing = await templateWriter.write(request);
  expect(writing).toMatchObject({ model: 'template', promptTokens: null, requestId: null });
  expect(writing.text).toEqual(write(facts, 'neutral', 'a'));
});
