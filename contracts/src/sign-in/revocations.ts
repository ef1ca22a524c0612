import { ACCESS_TOKEN_SECONDS, CLOCK_TOLERANCE_SECONDS } from './access-token.js';

/**
 * In Redis: a sorted set of the sessions and API keys that are over while something of theirs may still be about, each with
 * the Unix time in seconds until when. Identity writes it from its tables, and the gateway looks at it for each request.
 */
export const REVOCATIONS = 'v1:revocations';

/**
 * A member that stands for "the list is whole", until the time that is its score: it is missing where Redis was emptied, and old where
 * Redis came back with what it had a while ago.
 */
export const WHOLE = 'whole';

/**
 * How long the list is whole after the tables were read for it, in seconds, by Redis' own clock. What ends while it cannot be written,
 * because only identity has lost Redis or is gone itself, is let in for no longer than that.
 */
export const WHOLE_SECONDS = 0.7;

/** How long after its end a session or key is listed. */
export const LISTED_SECONDS = ACCESS_TOKEN_SECONDS + 2 * CLOCK_TOLERANCE_SECONDS;
