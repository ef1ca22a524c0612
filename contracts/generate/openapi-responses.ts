import { healthReport } from '@undertone/contracts/health';
import { problem } from '@undertone/contracts/rest/problem';
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
  location: z.string().meta({ description: 'Path of the task to follow.', header: { id: 'TaskLocation' } }),
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

/** A component of its own: `id` makes every use of it a reference. */
const problemResponse = (
  id: string,
  description: string,
  extraHeaders: Record<string, z.ZodType> = {},
): ZodOpenApiResponseObject => ({
  id,
  description,
  headers: z.object({ ...everyAnswer, ...extraHeaders }),
  content: { 'application/problem+json': { schema: problem } },
});

const retryLater = { 'Retry-After': header.retryAfter };

/** What can go wrong, each a component. */
export const problems = {
  BadRequest: problemResponse('BadRequest', 'The request cannot be understood; nothing was written.'),
  NotFound: problemResponse('NotFound', 'There is no such thing, or it is somebody else’s.'),
  ContentTooLarge: problemResponse('ContentTooLarge', 'The file is larger than this installation takes.'),
  UnsupportedMediaType: problemResponse('UnsupportedMediaType', 'The body is of another media type.'),
  UnprocessableContent: problemResponse(
    'UnprocessableContent',
    'A field is missing, wrong or unknown; `errors` names each.',
  ),
  TooManyRequests: problemResponse('TooManyRequests', 'Over the rate limit.', retryLater),
  ServiceUnavailable: problemResponse(
    'ServiceUnavailable',
    'A service behind this route does not answer.',
    retryLater,
  ),
  UnexpectedProblem: problemResponse('UnexpectedProblem', 'Any other failure.'),
};

/** The health report when something is down: not a problem document, but the same report. */
export const unhealthy: ZodOpenApiResponseObject = {
  description: 'A dependency is down; the body names it.',
  headers: z.object(everyAnswer),
  content: { 'application/json': { schema: healthReport } },
};

/** The answer when all went well. */
export function success(route: RouteDefinition): ZodOpenApiResponseObject {
  const { body, description, status, stream } = route.success;
  return {
    description,
    headers: z.object({
      ...everyAnswer,
      ...(status === 202 ? { Location: header.location } : {}),
      ...(body instanceof z.ZodArray ? { Link: header.link } : {}),
    }),
    content: { [stream ? 'text/event-stream' : 'application/json']: { schema: body } },
  };
}
