import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions } from '@undertone/contracts/client/api';
import { ApiError } from '@undertone/contracts/client/api-error';
import { ZodError } from 'zod';
import type { Client } from './client.js';

/** After so long without an answer a person tries again, as a load balancer would at another gateway. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 200;

/** A request that was refused for good, though nothing was wrong with it. */
export class RefusedForGood extends Error {
  /** @param code of the refusal, where it has one. */
  constructor(
    message: string,
    readonly code: string | undefined,
    options: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Asks until there is an answer, of one gateway after another.
 * @throws {RefusedForGood} @throws the signal's reason.
 */
export async function askUntilAnswered<T>(
  clients: readonly Client[],
  what: string,
  signal: AbortSignal,
  request: (client: Client, options: CallOptions) => Promise<T>,
): Promise<T> {
  for (let turn = Math.floor(Math.random() * clients.length); ; turn += 1) {
    signal.throwIfAborted();
    const client = clients[turn % clients.length] as Client;
    try {
      return await request(client, { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]) });
    } catch (error) {
      const isRefusal = error instanceof ApiError && error.status < 500 && error.status !== 429;
      if (isRefusal || error instanceof ZodError) {
        const code = error instanceof ApiError ? error.code : undefined;
        throw new RefusedForGood(`${what}: ${error.message}`, code, { cause: error });
      }
      if (!signal.aborted) await sleep(PAUSE_MS);
    }
  }
}
