import type { z } from 'zod';
import type { Access } from './access/access.js';

/** A question one service answers another over NATS request/reply. */
export interface RpcDefinition<I = unknown, O = unknown> {
  /** `rpc.<service>.<question>`: outside every stream's subjects, so that no question is stored. */
  readonly subject: string;
  readonly service: string;
  /** Who may ask; checked by the service that answers. */
  readonly access: Access;
  /** It changes something. Where it does not, whoever gets no answer asks again, and all replicas may answer. */
  readonly isWrite: boolean;
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
  /** How long an answer may take, in milliseconds. */
  readonly timeoutMs: number;
}

export function defineRpc<I extends z.ZodType, O extends z.ZodType>(spec: {
  service: string;
  question: string;
  access: Access<Extract<keyof z.output<I>, string>>;
  isWrite?: true;
  input: I;
  output: O;
  timeoutMs?: number;
}): RpcDefinition<z.output<I>, z.output<O>> {
  return {
    subject: `rpc.${spec.service}.${spec.question}`,
    service: spec.service,
    access: spec.access,
    isWrite: spec.isWrite ?? false,
    input: spec.input as unknown as z.ZodType<z.output<I>>,
    output: spec.output as unknown as z.ZodType<z.output<O>>,
    timeoutMs: spec.timeoutMs ?? 5_000,
  };
}

/**
 * Where a read is asked a second time: of every replica at once, in no queue group, because the group might give it to the
 * frozen replica again.
 */
export const repeatedSubject = (subject: string): string => `${subject}.again`;
