import { isRedisFault, type RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clientAddress } from '../callers/client-address.js';
import { HttpProblem } from '../problems/problem.js';
import type { GatewaySettings } from '../settings.js';
import { argumentsOf, type Left, leftOf, OwnCounts, type Policy, TAKE, type Use } from './gcra.js';
import { policiesOf, type RateClass, usesOfAddress, usesOfCaller, usesOfMessage } from './policies.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For probes: an orchestrator that is told 429 restarts what is well. */
    unlimited?: boolean;
    rateClass?: RateClass;
  }
  interface FastifyInstance {
    /** For the messages of a connection that this request began. */
    messageLimit(request: FastifyRequest): MessageLimit;
  }
}

/** Counts a message as a request of its kind. @throws {HttpProblem} `RATE_LIMITED` where one of the limits is used up. */
export type MessageLimit = (kind: 'reads' | 'writes') => Promise<void>;

/** Counts in Redis, so that replicas share the counts; by itself for as long as Redis is away, hangs or refuses. */
export class RateCounts {
  private readonly own = new OwnCounts(Date.now);

  constructor(private readonly redis: RedisBreaker) {}

  async take(uses: readonly Use[]): Promise<readonly Left[]> {
    const keys = uses.map(({ key }) => `rate:${key}`);
    try {
      const told = await this.redis.ask((redis) =>
        redis.eval(TAKE, keys.length, ...keys, ...argumentsOf(uses)),
      );
      const busy = (told as string[]).map(Number);
      return uses.map((use, at) => leftOf(use, busy[2 * at] ?? 0, busy[2 * at + 1] ?? 0));
    } catch (error) {
      if (!isRedisFault(error)) throw error;
      return this.own.take(uses);
    }
  }
}

/** Limits what comes from one address, whoever sends it. */
export function limitAddresses(app: FastifyInstance, counts: RateCounts, settings: GatewaySettings): void {
  const policies = policiesOf(settings);
  const isSignInOn = settings.AUTH_MODE === 'accounts';
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.unlimited) return;
    // A connection that was reset has no address, and nobody waits for the answer.
    if ((request.ip as string | undefined) === undefined) {
      throw new HttpProblem('BAD_REQUEST', 'the connection was closed');
    }
    tell(reply, await counts.take(usesOfAddress(request, policies, isSignInOn)));
  });
}

/** Limits what a person does, from wherever and with whichever keys. */
export function limitCallers(app: FastifyInstance, counts: RateCounts, settings: GatewaySettings): void {
  const policies = policiesOf(settings);
  app.addHook('onRequest', async (request, reply) => {
    const uses = usesOfCaller(request, policies, settings.UPLOAD_LIMIT_BYTES);
    if (uses.length > 0) tell(reply, await counts.take(uses));
  });
  app.decorate('messageLimit', (request: FastifyRequest): MessageLimit => {
    const { caller, credential } = request;
    const sender = { caller, credential, address: clientAddress(request) };
    return async (kind) => refuseUsedUp(await counts.take(usesOfMessage(sender, kind, policies)));
  });
}

/**
 * Says what is left, beside what was said before. Source: draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4.
 * @throws {HttpProblem} `RATE_LIMITED` where one of them is used up.
 */
function tell(reply: FastifyReply, left: readonly Left[]): void {
  const add = (name: string, fields: readonly string[]) => {
    const before = reply.getHeader(name);
    reply.header(name, [...(before === undefined ? [] : [before]), ...fields].join(', '));
  };
  add(
    'ratelimit-policy',
    left.map(({ policy: { name, limit, windowSeconds } }) => `"${name}";q=${limit};w=${windowSeconds}`),
  );
  add(
    'ratelimit',
    left.map(({ policy, remaining, seconds }) => `"${policy.name}";r=${remaining};t=${seconds}`),
  );
  refuseUsedUp(left);
}

function refuseUsedUp(left: readonly Left[]): void {
  const [longest] = left.filter(({ allowed }) => !allowed).sort((a, b) => b.seconds - a.seconds);
  if (!longest) return;
  throw new HttpProblem('RATE_LIMITED', `${inWords(longest.policy)}: wait ${longest.seconds} s`, {
    headers: { 'retry-after': `${longest.seconds}` },
  });
}

const inWords = ({ name, limit, windowSeconds }: Policy): string =>
  `at most ${limit} ${name.startsWith('uploads') ? 'bytes of uploads' : name === 'default' ? 'requests' : name} in ${windowSeconds} s`;
