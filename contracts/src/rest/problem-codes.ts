import { needsFreshProof, ownerFields } from '../access/access.js';
import type { ProblemCode } from '../problems.js';
import type { RouteDefinition } from './route.js';

/** What any request may be answered with, before its route comes into it. */
const everywhere: readonly ProblemCode[] = [
  'BAD_REQUEST',
  'FOREIGN_PAGE',
  'INVALID_INPUT',
  'EXPECTATION_FAILED',
  'RATE_LIMITED',
  'HEADERS_TOO_LARGE',
  'INTERNAL',
  'LOG_UNAVAILABLE',
  'TOO_SLOW',
  'SHUTTING_DOWN',
];

/** Every problem that a route may answer with: its own, and those that follow from its form and from who may call it. */
export function problemCodesOf(route: RouteDefinition): readonly ProblemCode[] {
  const codes: ProblemCode[] = [...everywhere, ...route.errors];
  if (route.access !== 'public') codes.push('UNAUTHENTICATED', 'FORBIDDEN');
  // What outlives a session is refused where that ends at the same moment.
  if (needsFreshProof(route.access)) codes.push('SIGN_IN_AGAIN', 'SESSION_ENDED');
  if (ownerFields(route.access).includes('user_id')) codes.push('USER_NOT_FOUND');
  if (route.path.includes('{')) codes.push('URI_TOO_LONG');
  if (route.tag !== 'health') {
    codes.push('SERVICE_UNAVAILABLE', 'CALLER_UNKNOWN', 'BAD_QUESTION', 'ANSWER_TOO_LARGE');
  }
  if ('cursor' in route.input.shape) codes.push('BAD_CURSOR');
  if (route.success.stream) codes.push('TOO_MANY_STREAMS');
  if (route.method !== 'GET') {
    codes.push('REQUEST_TIMEOUT', 'UNSUPPORTED_MEDIA_TYPE', 'IDEMPOTENCY_MISMATCH');
    if (route.from === 'multipart') codes.push('OBJECT_TOO_LARGE');
    else codes.push('BODY_TOO_LARGE', 'QUESTION_TOO_LARGE', 'EVENT_TOO_LARGE');
  }
  if (route.from === 'multipart' || route.success.file) codes.push('OBJECT_STORAGE_UNAVAILABLE');
  return [...new Set(codes)];
}
