import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import type { z } from 'zod';
import type { Refused } from '../rpc/rpc-client.js';

type Answerable = Pick<RpcDefinition, 'subject' | 'input' | 'output'>;
type Asked<D extends Answerable> = z.output<D['input']>;
/** What a service answers; `undefined`: nothing. It refuses by throwing `Refused`. */
export type Reply<D extends Answerable> = (
  question: Asked<D>,
  message: Msg,
) => z.output<D['output']> | undefined;

/** Answers a question in place of the service that does, in the packets of Nest's transport. */
export function answer<D extends Answerable>(
  nats: NatsConnection,
  definition: D,
  reply: Reply<D>,
): Subscription {
  return nats.subscribe(definition.subject, {
    callback: (_error, message) => {
      const { id, data } = message.json<{ id: string; data: unknown }>();
      const outcome = outcomeOf(() => reply(definition.input.parse(data) as Asked<D>, message));
      if (outcome) message.respond(JSON.stringify({ ...outcome, id, isDisposed: true }));
    },
  });
}

function outcomeOf(reply: () => unknown): { response: unknown } | { err: object } | undefined {
  try {
    const response = reply();
    return response === undefined ? undefined : { response };
  } catch (error) {
    const { code, status, message, errors } = error as Refused;
    return { err: { code, status, message, errors } };
  }
}
