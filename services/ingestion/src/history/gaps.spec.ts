import { describe, expect, it } from 'vitest';
import { gapMarks } from './gap-marks.js';
import { type Span, without } from './open-gaps.js';

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 0, minute));
const span = (since: number, until: number): Span => ({ since: at(since), until: at(until) });

describe('gaps that imports fill', () => {
  it.each<[string, Span[], Span[]]>([
    ['an import of all of it', [span(0, 100)], []],
    ['exactly it', [span(10, 20)], []],
    ['another time', [span(20, 30)], [span(10, 20)]],
    ['its beginning', [span(0, 14)], [span(14, 20)]],
    ['its end', [span(14, 30)], [span(10, 14)]],
    ['its middle', [span(12, 14)], [span(10, 12), span(14, 20)]],
    ['two that overlap', [span(5, 14), span(12, 19)], [span(19, 20)]],
    ['nothing', [], [span(10, 20)]],
  ])('%s', (_what, covered, left) => {
    expect(without([span(10, 20)], covered)).toEqual(left);
  });
});

describe('plays beside a gap', () => {
  /** Marks of plays at these minutes, newest first, by minute. */
  const marks = (minutes: number[], gaps: Span[]) => {
    const plays = minutes.map((minute) => ({ playedAt: at(minute) }));
    return plays.map((play, index) =>
      gapMarks(play, gaps, { newer: plays[index - 1], older: plays[index + 1] }),
    );
  };
  const since = (minute: number) => ({ possible_gap_since: at(minute).toISOString() });
  const until = (minute: number) => ({ possible_gap_until: at(minute).toISOString() });

  it('name its other end', () => {
    expect(marks([25, 20, 10, 5], [span(10, 20)])).toEqual([{}, since(10), until(20), {}]);
  });

  it('are the nearest ones, where an export tells its ends a little differently', () => {
    expect(marks([25, 21, 9, 5], [span(10, 20)])).toEqual([{}, since(10), until(20), {}]);
  });

  it('are not those within it', () => {
    expect(marks([20, 15, 10], [span(10, 20)])).toEqual([since(10), {}, until(20)]);
  });

  it('are one where the period ends inside of it', () => {
    expect(marks([25, 20], [span(10, 20)])).toEqual([{}, since(10)]);
    expect(marks([10, 5], [span(10, 20)])).toEqual([until(20), {}]);
  });

  it('may stand between two', () => {
    expect(marks([30, 20, 5], [span(5, 20), span(20, 30)])).toEqual([
      since(20),
      { ...since(5), ...until(30) },
      until(20),
    ]);
  });

  it('say the whole of several with no play between them', () => {
    expect(marks([30, 5], [span(5, 10), span(12, 30)])).toEqual([since(5), until(30)]);
  });

  it('are one of two at the same moment', () => {
    expect(marks([20, 20, 10, 10], [span(10, 20)])).toEqual([{}, since(10), until(20), {}]);
  });
});
