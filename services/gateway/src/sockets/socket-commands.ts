import { type SocketAction, socketCommands } from '@undertone/contracts/live/socket';
import type { z } from 'zod';
import { gatherInput } from '../http/gather-input.js';
import { HttpProblem, invalidInput } from '../problems/problem.js';

export type SocketCommand = { [A in SocketAction]: z.output<(typeof socketCommands)[A]> }[SocketAction];

const actions = Object.keys(socketCommands);

/**
 * What a message asks for, checked as the body of a request is.
 * @throws {HttpProblem} it is not JSON, has no action that there is, or a field of it is wrong.
 */
export function commandOf(text: string): SocketCommand {
  const body = parsed(text);
  const action: unknown =
    typeof body === 'object' && body !== null && 'action' in body ? body.action : undefined;
  if (typeof action !== 'string' || !Object.hasOwn(socketCommands, action)) {
    throw invalidInput([{ path: 'action', message: `must be one of ${actions.join(', ')}` }]);
  }
  const input = socketCommands[action as SocketAction];
  return gatherInput<SocketCommand>({ path: '', from: 'body', input }, { params: {}, query: {}, body });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem('BAD_REQUEST', 'the message is not valid JSON', {
      errors: [{ path: '', message: 'is not valid JSON' }],
    });
  }
}
