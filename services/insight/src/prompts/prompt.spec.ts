import type { PromptContent, PromptVariant } from '@undertone/contracts/prompt/prompt';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { eventsOf, specify, stateAfter } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { hashOf } from '../prompt-content/shipped-prompt.js';
import { type PromptCommand, prompt, promptEnvelope, publishedEventId } from './prompt.js';

const { given } = specify(prompt);
const at = new Date('2026-11-24T10:00:00.000Z');
const name = 'wellness';

const contentOf = (text: string): PromptContent => ({
  messages: [{ role: 'user', content: `${text} {{facts}}` }],
  variables: { facts: 'json' },
  output: 'insight/wellness',
  model: null,
  parameters: {},
});
const publish = (text: string, origin: 'shipped' | 'operator' = 'operator'): PromptCommand => {
  const content = contentOf(text);
  const hash = hashOf(content);
  const eventId = publishedEventId(name, hash);
  return { type: 'publish', name, content, hash, changelog: text, origin, eventId, at };
};
const adopt = (number: number): PromptCommand => ({
  type: 'adopt shipped',
  name,
  number,
  eventId: newId(),
  at,
});
const moveLabel = (
  number: number,
  label: 'production' | 'candidate' = 'production',
  moved: { by: 'operator' } | { by: 'replay'; replayId: string } = { by: 'operator' },
): PromptCommand => ({ type: 'move label', name, label, number, moved, eventId: newId(), at });
const halves: PromptVariant[] = [
  { variant: 'old', number: 1, percent: 50 },
  { variant: 'new', number: 2, percent: 50 },
];
const start = (variants = halves): PromptCommand => {
  const experimentId = newId();
  return { type: 'start experiment', name, experimentId, variants, eventId: experimentId, at };
};
const stop = (): PromptCommand => ({ type: 'stop experiment', name, eventId: newId(), at });

/** The events that the commands lead to, one after another. */
const after = (...commands: PromptCommand[]) => eventsOf(prompt, commands, promptEnvelope);

describe('a version', () => {
  it('gets the next number', () => {
    given([])
      .when(publish('a'))
      .then([
        {
          type: 'prompt-published',
          data: expect.objectContaining({ number: 1, changelog: 'a', published_at: at.toISOString() }),
        },
      ]);
    given(after(publish('a')))
      .when(publish('b'))
      .then([{ type: 'prompt-published', data: expect.objectContaining({ number: 2, ...contentOf('b') }) }]);
  });

  it('is published once, whoever does it again', () => {
    given(after(publish('a'), publish('b')))
      .when({ ...publish('a', 'shipped'), eventId: newId() })
      .thenNothing();
  });

  it('has an event id that follows from its content', () => {
    const { content, hash } = publish('a') as Extract<PromptCommand, { type: 'publish' }>;
    given([])
      .when(publish('a'))
      .then([{ type: 'prompt-published', data: expect.objectContaining({ hash: hashOf(content) }) }]);
    expect(promptEnvelope(publish('a')).id).toBe(derivedId('prompt published', name, hashOf(content)));
    expect(hash).not.toBe(hashOf({ ...content, parameters: { temperature: 0 } }));
    expect(hash).toBe(
      hashOf({ ...content, variables: Object.fromEntries(Object.entries(content.variables)) }),
    );
  });
});

describe('a release', () => {
  it('puts its version into production when nobody chose one', () => {
    given(after(publish('a', 'shipped')))
      .when(adopt(1))
      .then([
        {
          type: 'label-moved',
          data: { name, label: 'production', number: 1, moved_by: 'release', moved_at: at.toISOString() },
        },
      ]);
  });

  it('moves on to a newer one, and never back', () => {
    const two = [publish('a', 'shipped'), publish('b', 'shipped')];
    given(after(...two, adopt(1)))
      .when(adopt(2))
      .then([{ type: 'label-moved', data: expect.objectContaining({ number: 2 }) }]);
    given(after(...two, adopt(2)))
      .when(adopt(1))
      .thenNothing();
    given(after(...two, adopt(2)))
      .when(adopt(2))
      .thenNothing();
  });

  it.each([{ by: 'operator' } as const, { by: 'replay', replayId: newId() } as const])(
    'leaves alone what an $by chose',
    (moved) => {
      const events = after(
        publish('a', 'shipped'),
        publish('b'),
        adopt(1),
        moveLabel(2, 'production', moved),
        publish('c', 'shipped'),
      );
      given(events).when(adopt(3)).thenNothing();
    },
  );
});

describe('a label', () => {
  const two = after(publish('a'), publish('b'));

  it('moves to a version that there is', () => {
    given(two)
      .when(moveLabel(2, 'candidate'))
      .then([
        {
          type: 'label-moved',
          data: expect.objectContaining({ label: 'candidate', number: 2, moved_by: 'operator' }),
        },
      ]);
    given(two)
      .when(moveLabel(3))
      .thenRejects('PROMPT_VERSION_UNKNOWN', /no such version/);
  });

  it('stays where it is', () => {
    given(after(publish('a'), moveLabel(1)))
      .when(moveLabel(1))
      .thenNothing();
  });

  it('moves back, and is not the other label', () => {
    const events = after(publish('a'), publish('b'), moveLabel(1), moveLabel(2), moveLabel(1, 'candidate'));
    given(events)
      .when(moveLabel(1))
      .then([{ type: 'label-moved', data: expect.objectContaining({ number: 1 }) }]);
  });

  it('names the replay that moved it', () => {
    const replayId = newId();
    given(two)
      .when(moveLabel(2, 'production', { by: 'replay', replayId }))
      .then([
        { type: 'label-moved', data: expect.objectContaining({ moved_by: 'replay', replay_id: replayId }) },
      ]);
  });

  it('is not moved again by a request that comes again', () => {
    const first = moveLabel(1);
    given(after(publish('a'), publish('b'), first, moveLabel(2)))
      .when(first)
      .thenNothing();
  });
});

describe('an experiment', () => {
  const two = [publish('a'), publish('b')];

  it('starts with versions that there are', () => {
    given(after(...two))
      .when(start())
      .then([
        {
          type: 'experiment-started',
          data: expect.objectContaining({ variants: halves, started_at: at.toISOString() }),
        },
      ]);
    given(after(publish('a')))
      .when(start())
      .thenRejects('PROMPT_VERSION_UNKNOWN', /no such version/);
  });

  it('is the only one', () => {
    const others = halves.map((variant, i) => ({ ...variant, percent: i === 0 ? 60 : 40 }));
    given(after(...two, start()))
      .when(start(others))
      .thenRejects('EXPERIMENT_RUNNING', 'another experiment runs');
    given(after(...two, start()))
      .when(start())
      .thenNothing();
  });

  it('stops once, and may be followed by another', () => {
    const first = start() as Extract<PromptCommand, { type: 'start experiment' }>;
    given(after(...two, first))
      .when(stop())
      .then([
        {
          type: 'experiment-stopped',
          data: { name, experiment_id: first.experimentId, stopped_at: at.toISOString() },
        },
      ]);
    given(after(...two, first, stop()))
      .when(stop())
      .thenNothing();
    const next = start() as Extract<PromptCommand, { type: 'start experiment' }>;
    given(after(...two, first, stop()))
      .when(next)
      .then([
        {
          type: 'experiment-started',
          data: expect.objectContaining({ experiment_id: next.experimentId }),
        },
      ]);
    expect(promptEnvelope(next).id).toBe(next.eventId);
  });

  it('stops alone: those before it stay as they ended', () => {
    const later = new Date('2026-11-25T10:00:00.000Z');
    const events = after(...two, start(), stop(), start(), { ...stop(), at: later }, start());
    const { experiments } = stateAfter(prompt, events);
    expect(experiments.map(({ stopped_at }) => stopped_at)).toEqual([
      at.toISOString(),
      later.toISOString(),
      undefined,
    ]);
  });
});

describe('a prompt of which no version was published', () => {
  it.each([moveLabel(1), start(), stop()])('is not found: $type', (command) => {
    given([]).when(command).thenRejects('PROMPT_NOT_FOUND');
  });
});

it('is recorded under the id of the command, at its time', () => {
  const command = moveLabel(1);
  expect(promptEnvelope(command)).toEqual({ id: command.eventId, source: 'insight', time: at });
});
