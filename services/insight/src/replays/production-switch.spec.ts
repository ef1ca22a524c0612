import type { LabelMovedData } from '@undertone/contracts/prompt/label-moved';
import { newId } from '@undertone/platform/ids/ids';
import { specify, stateAfter } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { type ProductionSwitch, productionSwitch, switchEnvelope } from './production-switch.js';

const { given } = specify(productionSwitch);
const at = new Date('2026-11-24T10:00:00.000Z');
const replayId = newId();
const common = { at, replayId, prompt: 'wellness', number: 2 } as const;
const activate: ProductionSwitch = { type: 'activate', ...common };
const byItself: ProductionSwitch = { ...activate, automatic: true };
const rollBack: ProductionSwitch = { type: 'roll back', ...common };

/** The label's moves as the log has them: by whom and to which version. */
const moves = (...all: readonly (readonly [by: string | undefined, number: number])[]) =>
  all.map(([by, number]) => {
    const moved =
      by === undefined
        ? ({ moved_by: 'operator' } as const)
        : ({ moved_by: 'replay', replay_id: by } as const);
    const data: LabelMovedData = {
      name: 'wellness',
      label: 'production',
      number,
      ...moved,
      moved_at: at.toISOString(),
    };
    return { type: 'label-moved', data } as const;
  });
const first = [undefined, 1] as const;
const shown = [replayId, 2] as const;
const hidden = [replayId, 1] as const;
const moved = (data: object) =>
  [{ type: 'label-moved', data: expect.objectContaining({ replay_id: replayId, ...data }) }] as const;

describe('activating', () => {
  it('moves the label to the replay’s version, in the replay’s name', () => {
    given(moves(first))
      .when(activate)
      .then([
        {
          type: 'label-moved',
          data: {
            name: 'wellness',
            label: 'production',
            number: 2,
            moved_by: 'replay',
            replay_id: replayId,
            moved_at: at.toISOString(),
          },
        },
      ]);
  });

  it('does so although the version is in use already: what was written is still to be shown', () => {
    given(moves(first, [undefined, 2]))
      .when(activate)
      .then(moved({ number: 2 }));
  });

  it('happens once, whoever asks', () => {
    for (const command of [activate, byItself]) given(moves(first, shown)).when(command).thenNothing();
    given(moves(first, shown, [undefined, 3]))
      .when(activate)
      .thenNothing();
  });

  it('comes again after a rollback when somebody asks, and never by itself', () => {
    const rolledBack = moves(first, shown, hidden);
    given(rolledBack)
      .when(activate)
      .then(moved({ number: 2 }));
    given(rolledBack).when(byItself).thenNothing();
  });

  it('is nothing of another replay’s of the same version', () => {
    given(moves(first, [newId(), 2]))
      .when(byItself)
      .then(moved({ number: 2 }));
  });
});

describe('rolling back', () => {
  it('moves the label to the version of before, in the replay’s name', () => {
    given(moves(first, shown))
      .when(rollBack)
      .then(moved({ number: 1, moved_by: 'replay' }));
  });

  it('goes back to before the last of several activations', () => {
    given(moves(first, shown, hidden, [undefined, 3], shown))
      .when(rollBack)
      .then(moved({ number: 3 }));
  });

  it('hides it although its version was in use before, and stays in use', () => {
    given(moves(first, [undefined, 2], shown))
      .when(rollBack)
      .then(moved({ number: 2 }));
    given(moves(first, [undefined, 2], shown, shown))
      .when(rollBack)
      .thenNothing();
  });

  it('leaves the version in use where another replay of it was activated since', () => {
    given(moves(first, shown, [newId(), 2]))
      .when(rollBack)
      .then(moved({ number: 2 }));
    given(moves(first, shown, [undefined, 3], [newId(), 2]))
      .when(rollBack)
      .then(moved({ number: 2 }));
  });

  it('happens once', () => {
    given(moves(first, shown, hidden))
      .when(rollBack)
      .thenNothing();
  });

  it.each([
    ['what was never activated', moves(first), /never activated/],
    [
      'what another version took the place of',
      moves(first, shown, [undefined, 3]),
      /another version is in use/,
    ],
    ['to where no version was in use', moves(shown), /no version was in use before/],
  ])('is refused: %s', (_what, events, message) => {
    given(events).when(rollBack).thenRejects('REPLAY_STATE', message);
  });
});

it('knows nothing of other labels', () => {
  const [{ type, data }] = moves([replayId, 2]) as [ReturnType<typeof moves>[number]];
  expect(stateAfter(productionSwitch, [{ type, data: { ...data, label: 'candidate' } }])).toEqual([]);
});

it('knows where in the log each move is', () => {
  const sequences = stateAfter(productionSwitch, moves(first, shown)).map(({ sequence }) => sequence);
  expect(sequences).toEqual([1, 2]);
});

it('is recorded as a step of the replay', () => {
  const id = newId();
  expect(switchEnvelope(id, activate)).toEqual({
    id,
    source: 'insight',
    time: at,
    correlationId: replayId,
  });
});
