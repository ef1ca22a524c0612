import type { RecordedEvent } from '@undertone/contracts/event';
import { describe, expect, it } from 'vitest';
import { afterBatch, afterReadingAgain, builtBy, missingHistory, sorted } from './built-from.js';
import type { Projection } from './projection.js';

const projection = (changed: Partial<Projection> & { filters?: string[] } = {}): Projection => {
  const { filters = ['a.*.x'], ...rest } = changed;
  const consumer = { kind: 'projection', name: 'p', service: 's', stream: 'LISTENING', filters } as const;
  return { consumer, apply: async () => undefined, ...rest };
};
const event = (sequence: number, type = 'x', version = 1, subject = `a.1.${type}`) =>
  ({ sequence, type, version, subject }) as RecordedEvent;
const readsOnly =
  (...names: string[]): NonNullable<Projection['reads']> =>
  ({ type, version }) =>
    names.includes(`${type}.v${version}`);

describe('what rows were built from', () => {
  it('is all that a release has, while it alone applied events', () => {
    const own = projection({ version: 3 });
    expect(afterBatch(undefined, own, [])).toEqual({ filters: ['a.*.x'], version: 3, skipped: {} });
    expect(missingHistory(builtBy(own), own)).toBeUndefined();
    expect(afterBatch(builtBy(own), own, [])).toBeUndefined();
    expect(builtBy(projection()).version).toBe(1);
  });

  it('is what every release had that applied any of them', () => {
    const newer = projection({ version: 2, filters: ['a.*.x', 'a.*.y'] });
    const older = projection({ version: 1, filters: ['a.*.x', 'b.>'] });
    const mixed = { filters: ['a.*.x'], version: 1, skipped: {} };
    expect(afterBatch(builtBy(newer), older, [])).toEqual(mixed);
    expect(afterBatch({ ...mixed, filters: ['a.*.x', 'b.>'] }, newer, [])).toEqual(mixed);
  });

  it('is the narrower of two filters, whichever release has it', () => {
    const [wide, narrow] = [projection({ filters: ['a.>'] }), projection({ filters: ['a.*.x'] })];
    expect(afterBatch(builtBy(wide), narrow, [])?.filters).toEqual(['a.*.x']);
    expect(afterBatch(builtBy(narrow), wide, [])).toBeUndefined();
  });

  it('names what was skipped by the first of its kind', () => {
    const older = projection();
    const once = afterBatch(undefined, older, [event(4, 'y'), event(5, 'x', 2), event(6, 'y')]);
    expect(once?.skipped).toEqual({ 'y.v1': 4, 'x.v2': 5 });
    expect(afterBatch(once, older, [event(9, 'x', 2), event(10, 'z')])?.skipped).toEqual({
      'y.v1': 4,
      'x.v2': 5,
      'z.v1': 10,
    });
  });
});

describe('history', () => {
  const built = { filters: ['a.*.x'], version: 2, skipped: { 'y.v1': 7, 'x.v2': 5, 'z.v1': 3 } };

  it('is missing from the first event on where filters or handler took more since', () => {
    const none = { reads: readsOnly() };
    expect(missingHistory(built, projection({ version: 3, ...none }))).toEqual({
      from: 1,
      why: 'its handler is of version 3, and version 2 applied events',
    });
    expect(missingHistory(built, projection({ version: 2, filters: ['a.*.x', 'a.*.y'], ...none }))).toEqual({
      from: 1,
      why: 'events of a.*.y were not applied before',
    });
  });

  it('is missing from the first event on that was skipped and can be read now', () => {
    const release = projection({ version: 2, reads: readsOnly('y.v1', 'x.v2') });
    expect(missingHistory(built, release)).toEqual({
      from: 5,
      why: 'y.v1, x.v2 could not be read by the release before',
    });
    expect(afterReadingAgain(built, release)).toEqual({
      filters: ['a.*.x'],
      version: 2,
      skipped: { 'z.v1': 3 },
    });
  });

  it('is not missing to a release that has less, can read no more, or was told of nothing', () => {
    expect(missingHistory(built, projection({ version: 1, reads: readsOnly('x.v1') }))).toBeUndefined();
    expect(
      missingHistory({ ...built, filters: ['a.>'] }, projection({ reads: readsOnly() })),
    ).toBeUndefined();
    expect(missingHistory(undefined, projection({ version: 9 }))).toBeUndefined();
  });
});

it('a batch is what can be applied, and what has to be skipped; what is delivered beyond the filters is neither', () => {
  const [known, newer, beyond] = [event(1), event(2, 'x', 2), event(3, 'y')];
  const release = projection({ reads: readsOnly('x.v1', 'y.v1') });
  expect(sorted(release, [known, newer, beyond])).toEqual({ readable: [known], skipped: [newer] });
  expect(sorted(projection(), [known, newer])).toEqual({ readable: [known, newer], skipped: [] });
});
