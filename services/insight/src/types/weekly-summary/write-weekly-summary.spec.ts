import { toneMode } from '@undertone/contracts/insight/insight';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import type { Trend } from '@undertone/contracts/listening/trends';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrongLevels } from '../../checks/untrue-statements.js';
import { wrongLeaders } from '../../checks/wrong-standings.js';
import { factsOf } from '../../facts/facts.js';
import { shortHistory } from '../../facts/period-of.js';
import { showCount } from '../../facts/shown-numbers.js';
import { snapshotOf, snapshots, weeks } from '../../facts/snapshots.arbitrary.js';
import { wholeText } from '../../insight-text/whole-text.js';
import { reuseKeyOf } from '../../reuse/reuse-key.js';
import { sparseTitles } from '../../wording/sparse.js';
import { emptyWeeks, overlap, partial } from './lines.js';
import { writeWeeklySummary as write } from './write-weekly-summary.js';

const tones = fc.constantFrom(...toneMode.options);
const snapshot = snapshotOf({ happy: 20, sad: 9 });

/** A week of an export's plays, of which half sounded calm. */
const weekOf = (from: string, to: string, plays: number, change: Partial<Trend> = {}): Trend => ({
  from,
  to,
  starts_at: `${from}T00:00:00.000Z`,
  ends_at: `${to}T24:00:00.000Z`,
  plays,
  tracks: plays / 2,
  hours: plays / 20,
  time_coverage: 1,
  moods: { happy: plays / 4, calm: plays / 2, energetic: 0, sad: 0, unknown: plays / 4 },
  classifier_version: 'mood-v1',
  audio_features: {
    avg_valence: 0.5,
    avg_energy: 0.3,
    avg_danceability: null,
    avg_acousticness: null,
    avg_instrumentalness: null,
    avg_speechiness: null,
    avg_liveness: null,
    avg_tempo: 96,
    avg_loudness: null,
    coverage: 0.75,
    source: 'reccobeats',
  },
  ...change,
});
const week = weekOf('2026-11-09', '2026-11-15', 80);
const before = [weekOf('2026-11-02', '2026-11-08', 40), weekOf('2026-10-19', '2026-10-25', 60)];
const summaryOf = (told: readonly Trend[], tone: 'neutral' | 'direct' = 'neutral') =>
  write(factsOf(snapshot, { weeks: told }), tone, 'a').body;

describe('a summary of a week', () => {
  it('names its week and its plays, whatever they were, and never a day of the reader’s', () => {
    fc.assert(
      fc.property(snapshots, weeks, tones, fc.uuid(), (any, told, tone, seed) => {
        const { body } = write(factsOf(any, { weeks: told }), tone, seed);
        expect(body).toContain('in the week of 9 November');
        expect(body).toContain('The week ran from 9 November to 15 November 2026.');
        expect(body).toContain(showCount(told[0]?.plays ?? 0));
        expect(body).not.toMatch(/this week|last week|snapshot/i);
      }),
      { numRuns: 50 },
    );
  }, 30_000);

  it('sets how much was played against the mean of the weeks that have plays', () => {
    const body = summaryOf([week, ...before]);
    expect(body).toContain('80 plays of 40 different tracks, 4.0 hours in all');
    expect(body).toContain('30 more plays than in the weeks before, which had 50 plays on average');
    expect(body).toContain('the mean of 2 weeks with plays, 19 October to 8 November 2026');
  });

  it.each(toneMode.options)('agrees in number, and says of one play that it is no picture (%s)', (tone) => {
    const few = (plays: number, from: string, to: string) =>
      weekOf(from, to, plays, {
        tracks: 1,
        moods: { happy: plays, calm: 0, energetic: 0, sad: 0, unknown: 0 },
        hours: plays * 0.05,
      });
    const one = few(1, '2026-11-09', '2026-11-15');
    const [two, same, many] = [2, 1, 201].map((plays) => few(plays, '2026-11-02', '2026-11-08'));
    for (const seed of ['a', 'b', 'c', 'd']) {
      const textOf = (...told: (Trend | undefined)[]) =>
        wholeText(write(factsOf(snapshot, { weeks: told.filter((week) => week !== undefined) }), tone, seed));
      expect(textOf(one)).toMatch(/1 play, of a single track, 3 minutes in all/i);
      expect(textOf(one)).toMatch(/(?:rests on|evidence is|is) a single track/i);
      expect(textOf(one, two)).toMatch(/1 fewer play\b/i);
      expect(textOf(one, same)).toContain('had as many');
      for (const text of [textOf(one), textOf(one, two), textOf(one, same)])
        expect(text).not.toMatch(/\b1 (?:more |fewer )?plays\b|were 1\b|are 1\b|0\.1 hours/);
      expect(textOf({ ...one, plays: 3, moods: { ...one.moods, happy: 3 } }, two)).toMatch(/1 more play\b/i);
      expect(textOf(many && { ...many, from: one.from, to: one.to }, two)).toMatch(
        /201 plays of the same track/i,
      );
    }
  });

  it('tells of no change within the margin of counting, nor where less is known than before', () => {
    const moods = (happy: number, calm: number, unknown: number) => ({
      happy,
      calm,
      energetic: 0,
      sad: 0,
      unknown,
    });
    const now = weekOf('2026-11-09', '2026-11-15', 40, { moods: moods(17, 13, 10) });
    const then = weekOf('2026-11-02', '2026-11-08', 40, { moods: moods(13, 17, 10) });
    expect(summaryOf([now, then])).toContain(
      'Whether the sound is another than in the earlier week cannot be told',
    );
    expect(summaryOf([now, then])).not.toMatch(/took first place|had been in front/);
    const features = { ...now.audio_features, coverage: 0.4 };
    const unknown = { ...now, moods: moods(12, 4, 24), audio_features: features };
    expect(summaryOf([unknown, then])).toContain('no change is told');
    const clear = { ...now, moods: moods(27, 3, 10) };
    expect(summaryOf([clear, then])).toMatch(/happy share|calm share/);
    expect(summaryOf([clear, then])).toMatch(/took first place|had been in front/);
  });

  it.each(toneMode.options)(
    'says that the sound is the same only of so much that it can be told (%s)',
    (tone) => {
      const text = (plays: number, then = plays) => {
        const moods = (n: number) => ({ happy: n, calm: 0, energetic: 0, sad: 0, unknown: 0 });
        const told = [
          weekOf('2026-11-09', '2026-11-15', plays, { moods: moods(plays), tracks: plays }),
          weekOf('2026-11-02', '2026-11-08', then, { moods: moods(then), tracks: then }),
        ];
        return wholeText(write(factsOf(snapshot, { weeks: told }), tone, 'a'));
      };
      const SAME =
        /same|much like|steady|familiar|nothing moved|nothing to see|no (?:real )?change|as it was/i;
      for (const few of [text(1), text(24), text(80, 1)]) {
        expect(few).not.toMatch(SAME);
        expect(few).toMatch(/cannot be told|too little|not testify/i);
      }
      expect(text(5_000)).toMatch(SAME);
    },
  );

  it('sets nothing against less than five plays, and calls one week no mean', () => {
    const of = (happy: number, calm: number, from: string, to: string) =>
      weekOf(from, to, happy + calm, { moods: { happy, calm, energetic: 0, sad: 0, unknown: 0 } });
    const now = of(80, 0, '2026-11-09', '2026-11-15');
    const against = (calm: number) =>
      toneMode.options.map((tone) =>
        wholeText(
          write(factsOf(snapshot, { weeks: [now, of(0, calm, '2026-11-02', '2026-11-08')] }), tone, 'a'),
        ),
      );
    for (const text of against(1)) expect(text).not.toMatch(/happy share|calm share/i);
    for (const text of against(20)) {
      expect(text).toMatch(/happy share|calm share/i);
      expect(text).not.toMatch(/\bmean\b|usual/);
    }
  });

  it.each(toneMode.options)(
    'says how firmly its leading mood is known, where that is not enough (%s)',
    (tone) => {
      const confident = (calm: number) =>
        write(
          factsOf(snapshot, {
            weeks: [{ ...week, mood_confidence: { happy: 0.9, calm, energetic: null, sad: null } }],
          }),
          tone,
          'a',
        ).body;
      expect(confident(0.27)).toContain('0.27');
      expect(confident(0.72)).not.toContain('0.72');
    },
  );

  it('compares no counts of an export with those of an API', () => {
    const polled = weekOf('2026-11-02', '2026-11-08', 40, { hours: null, time_coverage: 0 });
    const body = summaryOf([week, polled]);
    expect(body).toContain('How much was played is not compared');
    expect(body).not.toMatch(/more plays|fewer plays/);
  });

  it('says no mean of less than five plays, as of less than five tracks', () => {
    const few = weekOf('2026-11-09', '2026-11-15', 4);
    expect(summaryOf([few])).not.toMatch(/0\.50|0\.30|96 BPM/);
    expect(summaryOf([week])).toMatch(/0\.50/);
  });

  it('is judged by its week and not by the snapshot, where the two differ', () => {
    const facts = factsOf(snapshot, { weeks: [week] });
    expect(wrongLeaders('Happy led.', facts)).toEqual(['Happy led']);
    expect(wrongLeaders('Calm led.', facts)).toEqual([]);
    const text = { title: '', body: 'High energy.', highlights: [], tips: [] };
    expect(wrongLevels(text, facts)).toEqual(['High energy']);
  });

  it('is another one when the week is, though the snapshot is the same', () => {
    const key = (told: readonly Trend[]) =>
      reuseKeyOf({
        userId: snapshot.user_id,
        type: 'weekly_summary',
        tone: 'direct',
        facts: factsOf(snapshot, { weeks: told }),
        promptHash: '0'.repeat(64),
        model: { id: 'template', model: 'template', parameters: {} },
      }).key;
    const sorted = { ...week, classifier_version: 'mood-v0' };
    const keys = [[week], [week, ...before], [{ ...week, plays: 84 }], [before[0] ?? week], [sorted], []].map(
      key,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});

it.each(toneMode.options)('an empty week is said to be empty, whatever else is known (%s)', (tone) => {
  const emptyWeek = { from: '2026-11-09', to: '2026-11-15' };
  for (const any of [snapshotOf({}), snapshotOf({ unknown: 9 }), snapshotOf({ happy: 20, sad: 9 })]) {
    const { body } = write(factsOf(any, { emptyWeek }), tone, 'a');
    expect(body).toMatch(/no plays are known/i);
    expect(body).toContain('9 November to 15 November 2026');
    expect(write(factsOf(any), tone, 'a').body).toContain('no plays of a whole week to tell of');
  }
});

describe.each(toneMode.options)('a %s summary of a snapshot', (tone) => {
  const emptyWeek = { from: '2026-11-09', to: '2026-11-15' };
  const empty = emptyWeeks[tone]('9 November to 15 November 2026');
  const known = snapshotOf({ happy: 30, sad: 10 });
  const half = snapshotOf({ happy: 30, sad: 10, unknown: 40 });
  const lastOf = (now: Snapshot, earlier: Snapshot[] = []) =>
    write(factsOf(now, { emptyWeek, earlier }), tone, 'a').body.split('\n\n').at(-1) ?? '';

  it('says no more at its end than holds: an overlap of what is compared, and gaps where there are some', () => {
    expect(lastOf(known)).toBe(empty);
    expect(lastOf(half)).toBe(`${empty} ${partial[tone]('40 of 80 tracks')}`);
    const compared = lastOf(known, [known]);
    expect(compared.startsWith(`${empty} `)).toBe(true);
    expect(compared.endsWith(` ${overlap[tone]}`)).toBe(true);
    expect(lastOf(half, [half]).endsWith(` ${overlap[tone]} ${partial[tone]('40 of 80 tracks')}`)).toBe(true);
    // Of what is known otherwise no difference is told, and so none is too small.
    expect(lastOf(known, [half])).toMatch(/What came before: [^.]*\.$/);
  });

  it('tells of no moods and gives no tips where there are none', () => {
    const text = write(factsOf(snapshotOf({ unknown: 9 }), { emptyWeek }), tone, 'a');
    expect(sparseTitles['no-features'][tone]).toContain(text.title);
    expect(text.tips).toEqual([]);
  });
});

it('a summary without plays speaks of the snapshot and its range, and of no week as its own', () => {
  const RANGES = { short_term: /four weeks/, medium_term: /half (?:a )?year/, long_term: /year/ };
  fc.assert(
    fc.property(
      snapshots,
      fc.array(snapshots, { maxLength: 4 }),
      tones,
      fc.uuid(),
      (any, earlier, tone, seed) => {
        const text = write(factsOf(any, { earlier }), tone, seed);
        expect(wholeText(text)).not.toMatch(/\b(?:this|that|last|the) week\b/i);
        const isTold = ['happy', 'calm', 'energetic', 'sad'].some(
          (mood) => any.mood_patterns[mood as 'happy'].track_count > 0,
        );
        if (isTold)
          expect(text.body).toMatch(
            shortHistory(any) ? /the (?:days from|one day of)/ : RANGES[any.time_range],
          );
      },
    ),
    { numRuns: 50 },
  );
}, 30_000);
