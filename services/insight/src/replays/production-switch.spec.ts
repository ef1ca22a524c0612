import { LabelMoved } from '@undertone/contracts/prompt/label-moved';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { recorded, specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { type ProductionMoves, type ProductionSwitch, productionSwitch } from './production-switch.js';

const none: ProductionMoves = [];
const { given } = specify(productionSwitch, none);
const at = new Date('2026-11-24T10:00:00.000Z');
const replayId = newId();
const common = { id: newId(), at, replayId, prompt: 'wellness', number: 2 } as const;
const activate: ProductionSwitch = { type: 'activate', ...common };
const byItself: ProductionSwitch = { ...activate, automatic: true };
const rollBack: ProductionSwitch = { type: 'roll back', ...common };

/** The label's moves as the log has them: by whom and to which version. */
const moves = (...all: readonly (readonly [by: string | undefined, number: number])[]) =>
  all.map(([by, number], i) => {
    const moved = by === undefined ? { moved_by: 'operator' } : { moved_by: 'replay', replay_id: by };
    const data = { name: 'wellness', label: 'production', number, ...moved, moved_at: at.toISOString() };
    return recorded({ definition: LabelMoved, id: newId(), time: at, source: 'test', data }, i + 1);
  });
const first = [undefined, 1] as const;
const shown = [replayId, 2] as const;
const hidden = [replayId, 1] as const;
const refusalOf = (command: ProductionSwitch, events: ReturnType<typeof moves>) => {
  try {
    productionSwitch.decide(command, events.reduce(productionSwitch.evolve, none));
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('activating', () => {
  it('moves the label to the replay’s version, in the replay’s name', () => {
    given(moves(first))
      .when(activate)
      .then({
        id: common.id,
        correlationId: replayId,
        data: {
          name: 'wellness',
          label: 'production',
          number: 2,
          moved_by: 'replay',
          replay_id: replayId,
          moved_at: at.toISOString(),
        },
      });
  });

  it('does so although the version is in use already: what was written is still to be shown', () => {
    given(moves(first, [undefined, 2]))
      .when(activate)
      .then({ data: expect.objectContaining({ number: 2, replay_id: replayId }) });
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
      .then({ data: expect.objectContaining({ number: 2 }) });
    given(rolledBack).when(byItself).thenNothing();
  });

  it('is nothing of another replay’s of the same version', () => {
    given(moves(first, [newId(), 2]))
      .when(byItself)
      .then({ data: expect.objectContaining({ replay_id: replayId }) });
  });
});

describe('rolling back', () => {
  it('moves the label to the version of before, in the replay’s name', () => {
    given(moves(first, shown))
      .when(rollBack)
      .then({ data: expect.objectContaining({ number: 1, moved_by: 'replay', replay_id: replayId }) });
  });

  it('goes back to before the last of several activations', () => {
    given(moves(first, shown, hidden, [undefined, 3], shown))
      .when(rollBack)
      .then({ data: expect.objectContaining({ number: 3 }) });
  });

  it('hides it although its version was in use before, and stays in use', () => {
    given(moves(first, [undefined, 2], shown))
      .when(rollBack)
      .then({ data: expect.objectContaining({ number: 2, replay_id: replayId }) });
    given(moves(first, [undefined, 2], shown, shown))
      .when(rollBack)
      .thenNothing();
  });

  it('leaves the version in use where another replay of it was activated since', () => {
    given(moves(first, shown, [newId(), 2]))
      .when(rollBack)
      .then({ data: expect.objectContaining({ number: 2, replay_id: replayId }) });
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
    given(events).when(rollBack).thenThrows(message);
    expect(refusalOf(rollBack, events)).toBeInstanceOf(Refused);
    expect(refusalOf(rollBack, events)).toMatchObject({ code: 'REPLAY_STATE', status: 409 });
  });
});

it('knows nothing of other labels', () => {
  const [event] = moves([replayId, 2]);
  const candidate = {
    ...(event as NonNullable<typeof event>),
    data: { ...Object(event?.data), label: 'candidate' },
  };
  expect(productionSwitch.evolve(none, candidate)).toBe(none);
});
