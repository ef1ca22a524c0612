import type { ReplayRequestedData } from '@undertone/contracts/replay/replay-events';
import { Rejected } from '@undertone/platform/event-store/rejected';
import { newId } from '@undertone/platform/ids/ids';
import { eventsOf, specify, stateAfter } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { type ReplayCommand, replayDecider, replayEnvelope } from './replay.js';

const { given } = specify(replayDecider);
const meta = { at: new Date('2026-11-24T10:00:00.000Z') };
const replay_id = newId();
const fact = { replay_id, at: meta.at.toISOString() };
const order: ReplayRequestedData = {
  replay_id,
  insight_type: 'wellness',
  prompt_version: 'wellness-v2',
  prompt_number: 2,
  filter: {},
  budget: { calls: 10 },
  window: 50,
  activate: 'when_complete',
  requested_at: meta.at.toISOString(),
};

type Word<C = ReplayCommand> = C extends ReplayCommand ? Omit<C, 'at'> : never;
const commandOf = (word: Word) => ({ ...word, ...meta }) as ReplayCommand;
const ordering: Word = { type: 'order', order };
const withCanary: Word = { type: 'order', order: { ...order, canary: 0.1 } };
const canaryWritten: Word = { type: 'canary written', written: 9, failed: 1 };
const go: Word = { type: 'go' };
const pause: Word = { type: 'pause', reason: 'operator' };
const outOfBudget: Word = { type: 'pause', reason: 'budget' };
const resume: Word = { type: 'resume' };
const complete: Word = { type: 'complete', written: 9, failed: 0, through: 77 };
const completeWithFailures: Word = { ...complete, failed: 1 } as Word;
const cancel: Word = { type: 'cancel' };

/** The events that the commands lead to, one after another. */
const after = (...words: Word[]) => eventsOf(replayDecider, words.map(commandOf));

/** Every state that a replay can be in. */
const states = {
  'not ordered': after(),
  'writing the canary': after(withCanary),
  'waiting for a go': after(withCanary, canaryWritten),
  'writing the rest': after(withCanary, canaryWritten, go),
  'writing all': after(ordering),
  paused: after(ordering, pause),
  'out of budget in the canary': after(withCanary, outOfBudget),
  complete: after(ordering, complete),
  'complete with failures': after(ordering, completeWithFailures),
  cancelled: after(ordering, cancel),
};
type State = keyof typeof states;

type Event = ReturnType<typeof after>[number];
type Rejection = 'REPLAY_NOT_FOUND' | 'REPLAY_STATE';
type Outcome = 'nothing' | Rejection | Event;
const becomes = (type: Event['type'], data: object = {}) => ({ type, data: { ...fact, ...data } }) as Event;

const resumed = (round: number) => becomes('resumed', { round, budget: order.budget });
const paused = becomes('paused', { reason: 'operator' });
const cancelled = becomes('cancelled');
const written = becomes('canary-written', { written: 9, failed: 1 });
const completed = becomes('completed', { written: 9, failed: 0, through_sequence: 77 });

/** What each command leads to in each state. */
const outcomes: Record<State, [Word, Outcome][]> = {
  'not ordered': [
    [ordering, { type: 'requested', data: order }],
    ...[canaryWritten, go, pause, resume, complete, cancel].map((word): [Word, Outcome] => [
      word,
      'REPLAY_NOT_FOUND',
    ]),
  ],
  'writing the canary': [
    [ordering, 'nothing'],
    [canaryWritten, written],
    [go, 'REPLAY_STATE'],
    [pause, paused],
    [resume, 'nothing'],
    [complete, 'nothing'],
    [cancel, cancelled],
  ],
  'waiting for a go': [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, becomes('approved')],
    [pause, 'REPLAY_STATE'],
    [resume, 'REPLAY_STATE'],
    [complete, 'nothing'],
    [cancel, cancelled],
  ],
  'writing the rest': [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, 'nothing'],
    [pause, paused],
    [resume, 'nothing'],
    [complete, completed],
    [cancel, cancelled],
  ],
  'writing all': [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, 'REPLAY_STATE'],
    [pause, paused],
    [resume, 'nothing'],
    [complete, completed],
    [cancel, cancelled],
  ],
  paused: [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, 'REPLAY_STATE'],
    [pause, 'nothing'],
    [resume, resumed(1)],
    [complete, 'nothing'],
    [cancel, cancelled],
  ],
  'out of budget in the canary': [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, 'REPLAY_STATE'],
    [pause, 'nothing'],
    [resume, resumed(2)],
    [complete, 'nothing'],
    [cancel, cancelled],
  ],
  complete: [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, 'REPLAY_STATE'],
    [pause, 'REPLAY_STATE'],
    [resume, 'REPLAY_STATE'],
    [complete, 'nothing'],
    [cancel, cancelled],
  ],
  'complete with failures': [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, 'REPLAY_STATE'],
    [pause, 'REPLAY_STATE'],
    [resume, resumed(2)],
    [complete, 'nothing'],
    [cancel, cancelled],
  ],
  cancelled: [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, 'REPLAY_STATE'],
    [pause, 'REPLAY_STATE'],
    [resume, 'REPLAY_STATE'],
    [complete, 'nothing'],
    [cancel, 'nothing'],
  ],
};

describe.each(Object.entries(outcomes))('a replay that is %s', (state, rows) => {
  const events = states[state as State];
  it.each(rows.map(([word, outcome]) => [word.type, word, outcome] as const))(
    'on %s',
    (_type, word, outcome) => {
      const command = commandOf(word);
      if (outcome === 'nothing') return given(events).when(command).thenNothing();
      if (typeof outcome === 'string') return given(events).when(command).thenRejects(outcome);
      given(events).when(command).then([outcome]);
      // Asked again it is carried out already, or is refused.
      expect(nothingOrRejection(command, [...events, outcome])).toBe(true);
      return undefined;
    },
  );
});

function nothingOrRejection(command: ReplayCommand, events: readonly Event[]): boolean {
  try {
    return replayDecider.decide(command, stateAfter(replayDecider, events)) === undefined;
  } catch (error) {
    return error instanceof Rejected;
  }
}

it('is recorded under one correlation from the order to the end', () => {
  const id = newId();
  for (const word of [ordering, go, complete]) {
    expect(replayEnvelope(id, replay_id, commandOf(word))).toEqual({
      id,
      source: 'insight',
      time: meta.at,
      correlationId: replay_id,
    });
  }
});

describe('going on', () => {
  it('is in the phase where it was paused', () => {
    given(after(withCanary, outOfBudget, resume))
      .when(commandOf(canaryWritten))
      .then([written]);
  });

  it('keeps the budget unless another one comes with it', () => {
    const budget = { tokens: 5 };
    given(after(ordering, outOfBudget))
      .when(commandOf({ type: 'resume', budget }))
      .then([becomes('resumed', { round: 2, budget })]);
    given(after(ordering, outOfBudget, { type: 'resume', budget }, outOfBudget))
      .when(commandOf(resume))
      .then([becomes('resumed', { round: 3, budget })]);
  });

  it('counts a round for each time that failures are tried again', () => {
    given(after(ordering, completeWithFailures, resume, completeWithFailures))
      .when(commandOf(resume))
      .then([resumed(3)]);
    given(after(ordering, completeWithFailures, resume, pause))
      .when(commandOf(resume))
      .then([resumed(2)]);
  });

  it('completes anew', () => {
    given(after(ordering, completeWithFailures, resume))
      .when(commandOf(complete))
      .then([completed]);
  });
});

it.each([
  ['the replay is paused and cannot be given a go', [withCanary, canaryWritten, go, pause], go],
  ['the replay is awaiting go and cannot be paused', [withCanary, canaryWritten], pause],
  ['the replay is completed and cannot go on', [ordering, complete], resume],
] as const)('says why not: %s', (message, before, word) => {
  given(after(...before))
    .when(commandOf(word))
    .thenRejects('REPLAY_STATE', message);
});
