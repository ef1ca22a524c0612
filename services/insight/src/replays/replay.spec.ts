import type { RecordedEvent } from '@undertone/contracts/event';
import {
  ReplayApproved,
  ReplayCanaryWritten,
  ReplayCancelled,
  ReplayCompleted,
  ReplayPaused,
  ReplayRequested,
  type ReplayRequestedData,
  ReplayResumed,
} from '@undertone/contracts/replay/replay-events';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { recorded, specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { noReplay, type ReplayCommand, replayDecider } from './replay.js';

const { given } = specify(replayDecider, noReplay);
const meta = { id: newId(), at: new Date('2026-11-24T10:00:00.000Z') };
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

type Word<C = ReplayCommand> = C extends ReplayCommand ? Omit<C, 'id' | 'at'> : never;
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
function after(...words: Word[]): RecordedEvent[] {
  let state = noReplay;
  return words.flatMap((word, i) => {
    const event = replayDecider.decide(commandOf(word), state);
    if (!event) throw new Error(`${word.type} led to nothing`);
    const stored = recorded(event, i + 1);
    state = replayDecider.evolve(state, stored);
    return [stored];
  });
}

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

const NOT_FOUND = { code: 'REPLAY_NOT_FOUND', status: 404 };
const REFUSED = { code: 'REPLAY_STATE', status: 409 };
type Outcome = 'nothing' | typeof NOT_FOUND | { definition: unknown; data?: object };
const becomes = (definition: unknown, data: object = {}) => ({ definition, data: { ...fact, ...data } });

const resumed = (round: number) => becomes(ReplayResumed, { round, budget: order.budget });
const paused = becomes(ReplayPaused, { reason: 'operator' });
const cancelled = becomes(ReplayCancelled);
const written = becomes(ReplayCanaryWritten, { written: 9, failed: 1 });
const completed = becomes(ReplayCompleted, { written: 9, failed: 0, through_sequence: 77 });

/** What each command leads to in each state. */
const outcomes: Record<State, [Word, Outcome][]> = {
  'not ordered': [
    [ordering, { definition: ReplayRequested, data: order }],
    ...[canaryWritten, go, pause, resume, complete, cancel].map((word): [Word, Outcome] => [word, NOT_FOUND]),
  ],
  'writing the canary': [
    [ordering, 'nothing'],
    [canaryWritten, written],
    [go, REFUSED],
    [pause, paused],
    [resume, 'nothing'],
    [complete, 'nothing'],
    [cancel, cancelled],
  ],
  'waiting for a go': [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, becomes(ReplayApproved)],
    [pause, REFUSED],
    [resume, REFUSED],
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
    [go, REFUSED],
    [pause, paused],
    [resume, 'nothing'],
    [complete, completed],
    [cancel, cancelled],
  ],
  paused: [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, REFUSED],
    [pause, 'nothing'],
    [resume, resumed(1)],
    [complete, 'nothing'],
    [cancel, cancelled],
  ],
  'out of budget in the canary': [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, REFUSED],
    [pause, 'nothing'],
    [resume, resumed(2)],
    [complete, 'nothing'],
    [cancel, cancelled],
  ],
  complete: [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, REFUSED],
    [pause, REFUSED],
    [resume, REFUSED],
    [complete, 'nothing'],
    [cancel, cancelled],
  ],
  'complete with failures': [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, REFUSED],
    [pause, REFUSED],
    [resume, resumed(2)],
    [complete, 'nothing'],
    [cancel, cancelled],
  ],
  cancelled: [
    [ordering, 'nothing'],
    [canaryWritten, 'nothing'],
    [go, REFUSED],
    [pause, REFUSED],
    [resume, REFUSED],
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
      if ('code' in outcome) {
        const refusal = refusalOf(command, events);
        expect(refusal).toBeInstanceOf(Refused);
        return expect(refusal).toMatchObject(outcome);
      }
      given(events)
        .when(command)
        .then({ id: meta.id, time: meta.at, correlationId: replay_id, ...outcome } as never);
      // Asked again it is carried out already, or is refused.
      const stored = recorded({ ...commandEvent(command, events), id: newId() }, events.length + 1);
      expect(nothingOrRefusal(command, [...events, stored])).toBe(true);
      return undefined;
    },
  );
});

const stateAfter = (events: readonly RecordedEvent[]) => events.reduce(replayDecider.evolve, noReplay);
function commandEvent(command: ReplayCommand, events: readonly RecordedEvent[]) {
  const event = replayDecider.decide(command, stateAfter(events));
  if (!event) throw new Error('it led to nothing');
  return event;
}
function refusalOf(command: ReplayCommand, events: readonly RecordedEvent[]): unknown {
  try {
    return replayDecider.decide(command, stateAfter(events));
  } catch (error) {
    return error;
  }
}
function nothingOrRefusal(command: ReplayCommand, events: readonly RecordedEvent[]): boolean {
  const again = refusalOf(command, events);
  return again === undefined || again instanceof Refused;
}

describe('going on', () => {
  it('is in the phase where it was paused', () => {
    given(after(withCanary, outOfBudget, resume))
      .when(commandOf(canaryWritten))
      .then({ definition: ReplayCanaryWritten });
  });

  it('keeps the budget unless another one comes with it', () => {
    const budget = { tokens: 5 };
    given(after(ordering, outOfBudget))
      .when(commandOf({ type: 'resume', budget }))
      .then({ data: { ...fact, round: 2, budget } });
    given(after(ordering, outOfBudget, { type: 'resume', budget }, outOfBudget))
      .when(commandOf(resume))
      .then({ data: { ...fact, round: 3, budget } });
  });

  it('counts a round for each time that failures are tried again', () => {
    given(after(ordering, completeWithFailures, resume, completeWithFailures))
      .when(commandOf(resume))
      .then({ data: expect.objectContaining({ round: 3 }) });
    given(after(ordering, completeWithFailures, resume, pause))
      .when(commandOf(resume))
      .then({ data: expect.objectContaining({ round: 2 }) });
  });

  it('completes anew', () => {
    given(after(ordering, completeWithFailures, resume))
      .when(commandOf(complete))
      .then({ definition: ReplayCompleted, data: expect.objectContaining({ failed: 0 }) });
  });
});
