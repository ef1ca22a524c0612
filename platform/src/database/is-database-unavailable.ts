import { ConnectionException, DriverException } from '@mikro-orm/core';

/**
 * Connection exceptions but protocol violations, which are of what was asked (a NUL in a text), no more connections, shutdowns and start-up, and what a session runs into that waited or idled too
 * long (`sessionOptions`): 25P03, 55P03, 57014.
 * Source: PostgreSQL 18 documentation, appendix A, "PostgreSQL Error Codes", classes 08, 25, 53, 55 and 57.
 */
const SQLSTATE = /^(08(?!P01)...|25P03|53300|55P03|57014|57P0[1-3])$/;
const SOCKET = /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** node-postgres's own words; these errors carry no code. */
const TERMINATED =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a conn)/;

/** Of a query that was given up, on either side: the database may hang, or the query may be too much for it. */
const GIVEN_UP = /^(25P03|55P03|57014)$/;
const READ_TIMEOUT = /^Query read timeout/;

/** Whether a query waited in vain for a database that may be there. */
export function isDatabaseHanging(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return READ_TIMEOUT.test(error.message) || ('code' in error && GIVEN_UP.test(String(error.code)));
}

/** Whether a query failed because Postgres cannot be reached, rather than for what was asked. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof ConnectionException || TERMINATED.test(error.message)) return true;
  if (READ_TIMEOUT.test(error.message)) return true;
  const code = 'code' in error ? String(error.code) : '';
  // A socket's error alone does not say whose socket it was.
  return SQLSTATE.test(code) || (error instanceof DriverException && SOCKET.test(code));
}
