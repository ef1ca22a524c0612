import { ACCESS_TOKEN_SECONDS, CLOCK_TOLERANCE_SECONDS } from './access-token.js';

/**
 * In Redis: a sorted set of the sessions and API keys that are over while something of theirs may still be about, each with
 * the Unix time in seconds until when. Identity writes it from its tables, and the gateway looks at it for each request.
 */
export const REVOCATIONS = 'v1:revocations';

/** A member that stands for "the list is whole"; it is missing where Redis was emptied. */
export const WHOLE = 'whole';

/** How long after its end a session or key is listed. */
export const LISTED_SECONDS = ACCESS_TOKEN_SECONDS + 2 * CLOCK_TOLERANCE_SECONDS;
