import { type SocketAction, socketCommands } from '@undertone/contracts/live/socket';
import type { z } from 'zod';
import { gatherInput } from '../http/gather-input.js';
import { HttpProblem, invalidInput } from '../problems/problem.js';

export type SocketCommand = { [A in SocketAction]: z.output<(typeof socketCommands)[A]> }[SocketAction];

/** A message before it is checked. */
export interface ReadMessage {
  /** Absent: it was binary. */
  readonly text: string | undefined;
  /** Absent: the text is not JSON. */
  readonly body: unknown;
  readonly action: SocketAction | undefined;
}

const actions = Object.keys(socketCommands);

export function messageOf(text: string | undefined): ReadMessage {
  const body = text === undefined ? undefined : parsed(text);
  const action: unknown =
    typeof body === 'object' && body !== null && 'action' in body ? body.action : undefined;
  const isKnown = typeof action === 'string' && Object.hasOwn(socketCommands, action);
  return { text, body, action: isKnown ? (action as SocketAction) : undefined };
}

/**
 * What a message asks for, checked as the body of a request is.
 * @throws {HttpProblem} it is not JSON, has no action that there is, or a field of it is wrong.
 */
export function commandOf({ text, body, action }: ReadMessage): SocketCommand {
  if (text === undefined) throw new HttpProblem('BAD_REQUEST', 'a message is text, and this one is binary');
  if (body === undefined) {
    throw new HttpProblem('BAD_REQUEST', 'the message is not valid JSON', {
      errors: [{ path: '', message: 'is not valid JSON' }],
    });
  }
  if (action === undefined) {
    throw invalidInput([{ path: 'action', message: `must be one of ${actions.join(', ')}` }]);
  }
  const input = socketCommands[action];
  return gatherInput<SocketCommand>({ path: '', from: 'body', input }, { params: {}, query: {}, body });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
