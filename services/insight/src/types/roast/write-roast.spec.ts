import { type InsightText, toneMode } from '@undertone/contracts/insight/insight';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../facts/facts.js';
import { snapshotOf } from '../../facts/snapshots.arbitrary.js';
import { Draw } from '../../wording/draw.js';
import { read } from '../../wording/reading.js';
import { sparseTitles } from '../../wording/sparse.js';
import { ends, openings, tiedOpenings, titles, unmeasured } from './lines.js';
import { writeRoast } from './write-roast.js';

const seeds = Array.from({ length: 30 }, (_, n) => `seed ${n}`);

/** Averages that are all in the middle of their scales, but for these. */
const measures = (change: Partial<Snapshot['audio_features']>): Partial<Snapshot['audio_features']> => ({
  avg_valence: 0.51,
  avg_energy: 0.52,
  avg_danceability: 0.53,
  avg_acousticness: 0.44,
  avg_instrumentalness: 0.45,
  avg_speechiness: 0.21,
  avg_liveness: 0.34,
  avg_tempo: 118,
  avg_loudness: -8.3,
  ...change,
});
const paragraphsOf = ({ body }: InsightText) => body.split('\n\n');
/** The measures that the jokes are about, by the numbers that they say. */
const teased = (text: InsightText) => (paragraphsOf(text)[1] ?? '').match(/\d\.\d+/g) ?? [];

const unheard = snapshotOf({ unknown: 12 }, { features: { source: 'simulator' } });
const artists = [
  { rank: 1, name: 'Quiet Tram' },
  { rank: 3, name: 'Mira Valdéz' },
];

describe.each(toneMode.options)('a %s roast of music that has no known features', (tone) => {
  it('names artists all the same, where it may', () => {
    expect(writeRoast(factsOf(unheard, { artists }), tone, 'a').body).toContain('Quiet Tram and Mira Valdéz');
    expect(writeRoast(factsOf(unheard), tone, 'a').body).not.toMatch(/Quiet Tram|of the list|on top/i);
  });

  it('names no source of features, since none were used', () => {
    expect(writeRoast(factsOf(unheard), tone, 'a').body).not.toContain('simulated');
  });

  it('says so, and gives no tips', () => {
    const { title, tips } = writeRoast(factsOf(unheard), tone, 'a');
    expect(sparseTitles['no-features'][tone]).toContain(title);
    expect(tips).toEqual([]);
  });
});

describe.each(toneMode.options)('a %s roast', (tone) => {
  const roasts = (change: Partial<Snapshot['audio_features']>) =>
    seeds.map((seed) =>
      writeRoast(factsOf(snapshotOf({ happy: 30, sad: 10 }, { features: measures(change) })), tone, seed),
    );
  const most = tone === 'direct' ? 2 : 3;

  it('teases what is far from the middle, and at the usual end of a scale only for want of others', () => {
    const usual = { avg_speechiness: 0.03, avg_liveness: 0.05 };
    for (const [far, name] of [
      [{ avg_energy: 0.91, avg_valence: 0.11 }, ['0.11', '0.91']],
      [{ avg_energy: 0.12, avg_instrumentalness: 0.13 }, ['0.12', '0.13']],
      [{ avg_acousticness: 0.92, avg_danceability: 0.93 }, ['0.92', '0.93']],
    ] as const)
      for (const text of roasts({ ...usual, ...far })) {
        expect(teased(text)).toHaveLength(most);
        expect(teased(text).slice(0, 2).sort()).toEqual(name);
        expect(['0.03', '0.05', undefined]).toContain(teased(text)[2]);
      }
    for (const text of roasts(usual)) expect(teased(text).sort()).toEqual(['0.03', '0.05']);
  });

  it('teases talk and an audience as readily as the rest, where they are unusual', () => {
    const all = roasts({ avg_speechiness: 0.81, avg_liveness: 0.82, avg_valence: 0.11, avg_energy: 0.12 });
    for (const text of all) expect(teased(text)).toHaveLength(most);
    expect(new Set(all.flatMap(teased))).toEqual(new Set(['0.81', '0.82', '0.11', '0.12']));
    const firsts = all.map((text) => teased(text)[0]);
    expect(new Set(firsts).size).toBe(4);
  });

  it('has no awards for what it teased', () => {
    for (const text of roasts({ avg_energy: 0.91, avg_danceability: 0.11, avg_acousticness: 0.12 })) {
      const awarded = text.highlights.flatMap(({ text: said }) => said.match(/0\.(?:91|11|12)/) ?? []);
      for (const number of awarded) expect(teased(text)).not.toContain(number);
    }
  });

  it('names the two artists at the head of the list, and agrees in number', () => {
    const [first] = artists;
    const snapshot = snapshotOf({ happy: 30 });
    const naming = (...named: typeof artists) =>
      seeds.map((seed) => writeRoast(factsOf(snapshot, { artists: named }), tone, seed).body);
    for (const body of naming(...artists, { rank: 4, name: 'Third Wheel' })) {
      expect(body).toContain('Quiet Tram and Mira Valdéz');
      expect(body).not.toMatch(/Third Wheel|The party has/);
    }
    for (const body of first ? naming(first) : []) {
      expect(body).toContain('Quiet Tram');
      expect(body).not.toMatch(/Both have|split evenly/);
    }
  });

  it('says of a tie that it is one, and of a mood that is in front its own lines', () => {
    for (const seed of seeds) {
      const tie = factsOf(snapshotOf({ happy: 20, sad: 20, calm: 2 }));
      const tied = writeRoast(tie, tone, seed);
      const drawn = new Draw(seed, tie);
      expect(tied.title).toBe(drawn.pick('title', titles[tone].tied));
      expect(tied.body).toContain(drawn.pick('opening', tiedOpenings[tone])('happy and sad'));
      const lead = factsOf(snapshotOf({ happy: 8, sad: 30 }));
      const led = writeRoast(lead, tone, seed);
      const draw = new Draw(seed, lead);
      expect(led.title).toBe(draw.pick('title', titles[tone].sad));
      expect(led.body).toContain(draw.pick('opening', openings[tone].sad)(read(lead, draw).range));
    }
  });

  it('says that it is of what is known, where that is little', () => {
    for (const counts of [
      { happy: 8, sad: 2, unknown: 40 },
      { happy: 5, sad: 5, unknown: 40 },
    ]) {
      const facts = factsOf(snapshotOf(counts));
      const text = writeRoast(facts, tone, 'a');
      expect(text.title).toMatch(/known/);
      expect(paragraphsOf(text)[0]).toMatch(/\bknown\b/);
      const draw = new Draw('a', facts);
      const unheard = draw.pick('unmeasured', unmeasured[tone])('10 of 50 tracks');
      expect(paragraphsOf(text).at(-1)).toBe(`${unheard} ${draw.pick('end', ends[tone])}`);
    }
    const facts = factsOf(snapshotOf({ happy: 40, sad: 10 }));
    const end = new Draw('a', facts).pick('end', ends[tone]);
    expect(paragraphsOf(writeRoast(facts, tone, 'a')).at(-1)).toBe(end);
  });
});
