import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { faultScope } from '../control/fault-board.js';
import { cutConnection, holdBack, neverAnswer } from '../control/simulated-calls.js';
import { SpotifyError } from './errors.js';

const seconds = z.int().min(0);

/** The faults of the Spotify simulator, as `POST /_control/faults` takes them. */
export const spotifyFault = z.discriminatedUnion('kind', [
  faultScope.extend({ kind: z.literal('401') }),
  faultScope.extend({ kind: z.literal('403') }),
  /** The 403 of a token that the person did not grant the call's scope with. */
  faultScope.extend({ kind: z.literal('insufficient_scope') }),
  faultScope.extend({ kind: z.literal('429'), retryAfter: seconds.default(1) }),
  /** The developer account's quota: 429 with `reason: QUOTA_EXCEEDED`; `Retry-After` only where given. */
  faultScope.extend({ kind: z.literal('quota'), retryAfter: seconds.optional() }),
  faultScope.extend({ kind: z.literal('5xx'), status: z.int().min(500).max(599).default(503) }),
  faultScope.extend({ kind: z.literal('slow'), ms: z.int().min(1) }),
  /** The right answer, cut in its middle: no JSON any more. */
  faultScope.extend({ kind: z.literal('malformed') }),
  faultScope.extend({ kind: z.literal('hang') }),
  /** The connection is closed without an answer. */
  faultScope.extend({ kind: z.literal('reset') }),
  /** The token endpoint says that the refresh token or code is no longer good. */
  faultScope.extend({ kind: z.literal('invalid_grant') }),
  /** At `/authorize` the person says no. */
  faultScope.extend({ kind: z.literal('access_denied') }),
]);

export type SpotifyFault = z.infer<typeof spotifyFault>;
/** A fault as a test writes it: what has a default may be left out. */
export type SpotifyFaultInput = z.input<typeof spotifyFault>;

/** Requests whose answer must be spoiled on its way out. */
export interface Spoiled {
  readonly malformed: WeakSet<FastifyRequest>;
  readonly denied: WeakSet<FastifyRequest>;
}

/** Makes a fault happen to a request. */
export async function applySpotifyFault(
  fault: SpotifyFault,
  request: FastifyRequest,
  reply: FastifyReply,
  { spoiled, signals }: { spoiled: Spoiled; signals: readonly AbortSignal[] },
): Promise<void> {
  switch (fault.kind) {
    case '401':
      throw new SpotifyError(401, 'The access token expired');
    case '403':
      throw new SpotifyError(403, 'Forbidden');
    case 'insufficient_scope':
      throw new SpotifyError(403, 'Insufficient client scope');
    case '429':
      throw new SpotifyError(429, 'API rate limit exceeded', { retryAfter: fault.retryAfter });
    case 'quota':
      throw new SpotifyError(429, 'Too many requests', {
        reason: 'QUOTA_EXCEEDED',
        retryAfter: fault.retryAfter,
      });
    case '5xx':
      throw new SpotifyError(fault.status, 'Service unavailable');
    case 'invalid_grant':
      throw new SpotifyError(400, 'Refresh token revoked', { reason: 'invalid_grant' });
    case 'slow':
      return holdBack(fault.ms, ...signals);
    case 'malformed':
      spoiled.malformed.add(request);
      return;
    case 'access_denied':
      spoiled.denied.add(request);
      return;
    case 'hang':
      return neverAnswer(reply);
    case 'reset':
      return cutConnection(reply);
    default:
      return fault satisfies never;
  }
}
