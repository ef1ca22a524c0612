const MAX_LENGTH = 250;

/**
 * Text of a stranger's file as it may stand in a message, an event or Postgres: without control characters, NUL and
 * lone surrogates, none of which `jsonb` takes, and not longer than a line.
 */
export function shownName(text: string): string {
  const clean = text.toWellFormed().replace(/\p{Cc}/gu, '\u{fffd}');
  return clean.length > MAX_LENGTH ? `${clean.slice(0, MAX_LENGTH).toWellFormed()}…` : clean;
}
