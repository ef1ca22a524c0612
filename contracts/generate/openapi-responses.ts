import { healthReport } from '@undertone/contracts/health';
import { type ProblemCode, problems, statusOf } from '@undertone/contracts/problems';
import { problemCodesOf } from '@undertone/contracts/rest/problem-codes';
import { queuedTask } from '@undertone/contracts/rest/queued-task';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { z } from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';

/** Header schemas, each a component of its own. */
const header = {
  trace: z.string().meta({
    description: 'Trace id of this request, 32 hexadecimal digits; quote it when something went wrong.',
    header: { id: 'XTraceId' },
  }),
  rateLimit: z
    .string()
    .optional()
    .meta({
      description: 'What is left of the limit, and the seconds until it is whole again (IETF draft).',
      example: '"default";r=57;t=23',
      header: { id: 'RateLimit' },
    }),
  rateLimitPolicy: z
    .string()
    .optional()
    .meta({
      description: 'The limit: requests, and the seconds they are for (IETF draft).',
      example: '"default";q=60;w=60',
      header: { id: 'RateLimitPolicy' },
    }),
  retryAfter: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Seconds to wait before the next try.', header: { id: 'RetryAfter' } }),
  challenge: z.string().meta({
    description: 'How to say who is calling (RFC 9110, section 11.6.1).',
    header: { id: 'WWWAuthenticate' },
  }),
  disposition: z.string().meta({
    description: 'That it is to be saved, and under which name (RFC 6266).',
    header: { id: 'ContentDisposition' },
  }),
  location: z.string().meta({ description: 'Path of the task to follow.', header: { id: 'TaskLocation' } }),
  elsewhere: z.string().meta({ description: 'Where the browser goes.', header: { id: 'Elsewhere' } }),
  link: z
    .string()
    .optional()
    .meta({
      description: 'The next page with `rel="next"` (RFC 8288); absent on the last one.',
      header: { id: 'NextPage' },
    }),
};

/** Headers of every answer, good or bad. */
const everyAnswer = {
  'X-Trace-Id': header.trace,
  RateLimit: header.rateLimit,
  'RateLimit-Policy': header.rateLimitPolicy,
};

/** The problems that a route answers with one status, each with what its code means. */
function problemResponse(codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  const retried = codes.some((code) => retriedStatuses.has(statusOf(code)));
  const challenged = codes.includes('UNAUTHENTICATED');
  return {
    description: codes.map((code) => `- \`${code}\`: ${problems[code].meaning}`).join('\n'),
    headers: z.object({
      ...everyAnswer,
      ...(retried ? { 'Retry-After': header.retryAfter } : {}),
      ...(challenged ? { 'WWW-Authenticate': header.challenge } : {}),
    }),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', properties: { code: { enum: [...codes] } } },
          ],
        },
      },
    },
  };
}

const retriedStatuses: ReadonlySet<number> = new Set([429, 503]);

/** Every problem that a route may answer with, by status. */
export function problemResponses(route: RouteDefinition): Record<string, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(problemCodesOf(route), statusOf);
  return Object.fromEntries([...byStatus].map(([status, codes]) => [`${status}`, problemResponse(codes)]));
}

/** The health report when something is down is the same report, and no problem. */
export function orUnhealthy(
  responses: Record<string, ZodOpenApiResponseObject>,
): Record<string, ZodOpenApiResponseObject> {
  const { description, ...unavailable } = responses['503'] ?? { description: '' };
  return {
    ...responses,
    '503': {
      ...unavailable,
      description: `A dependency is down, and the body names it; or\n\n${description}`,
      content: { ...unavailable.content, 'application/json': { schema: healthReport } },
    },
  };
}

/** A stream to whose end the client has come. */
export const nothingToCome: ZodOpenApiResponseObject = {
  description: 'There is nothing to come after the event that `Last-Event-ID` names: do not connect again.',
  headers: z.object(everyAnswer),
};

/** The answer when all went well. */
export function success(route: RouteDefinition): ZodOpenApiResponseObject {
  const { body, description, status, stream, file, done } = route.success;
  if (status === 302) {
    return { description, headers: z.object({ ...everyAnswer, Location: header.elsewhere }) };
  }
  return {
    description,
    headers: z.object({
      ...everyAnswer,
      ...(status === 202 ? { Location: header.location } : {}),
      ...(file ? { 'Content-Disposition': header.disposition } : {}),
      ...(body instanceof z.ZodArray || 'cursor' in route.input.shape ? { Link: header.link } : {}),
    }),
    content: { [file ?? (stream ? 'text/event-stream' : 'application/json')]: { schema: done ?? body } },
  };
}

/** What is asked for takes longer than the client waits. */
export const notDoneYet: ZodOpenApiResponseObject = {
  description: 'It is not done yet: the task to follow',
  headers: z.object({ ...everyAnswer, Location: header.location }),
  content: { 'application/json': { schema: queuedTask } },
};
