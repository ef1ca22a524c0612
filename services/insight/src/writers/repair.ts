import type { ChatMessage, Completion } from '../model-calls/completion.js';
import type { Fault } from '../types/fault.js';

/** What of an answer goes back to the model; a broken one may go on for ever. */
const LONGEST_ANSWER = 8_000;
const LONGEST_FAULT = 600;

/** The messages that ask a model once more, with what is wrong with its answer. */
export function repairMessages(
  asked: readonly ChatMessage[],
  { content, refusal }: Pick<Completion, 'content' | 'refusal'>,
  faults: readonly Fault[],
): ChatMessage[] {
  const listed = faults.map(({ what, said }) =>
    `- It ${[what, said.join('; ')].filter(Boolean).join(': ')}`.slice(0, LONGEST_FAULT),
  );
  return [
    ...asked,
    { role: 'assistant', content: (content || refusal || '(no answer)').slice(0, LONGEST_ANSWER) },
    {
      role: 'user',
      content: [
        'This answer cannot be used:',
        ...listed,
        'Write it again without these faults, from the same data and by the same rules, as JSON of the given schema alone.',
      ].join('\n'),
    },
  ];
}
