/**
 * Short: names and features that come to be known change an answer without an event, and a drop is lost when the
 * projection dies between its commit and the drop.
 */
export const CACHE_SECONDS = 30;
