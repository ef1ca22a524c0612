const LONGEST_NAME = 200;

/** What Postgres takes of a name that a provider told, and no more of it than other names have. */
export const shownName = (name = ''): string =>
  name.replaceAll('\0', '').trim().slice(0, LONGEST_NAME).toWellFormed() || 'Somebody new';
