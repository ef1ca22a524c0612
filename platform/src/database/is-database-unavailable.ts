import { ConnectionException, DriverException } from '@mikro-orm/core';

/**
 * Connection exceptions, no more connections, shutdowns and start-up, and what a session runs into that waited or idled too
 * long (`sessionOptions`): 25P03, 55P03, 57014.
 * Source: PostgreSQL 18 documentation, appendix A, "PostgreSQL Error Codes", classes 08, 25, 53, 55 and 57.
 */
const SQLSTATE = /^(08...|25P03|53300|55P03|57014|57P0[1-3])$/;
const SOCKET = /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** node-postgres's own words; these errors carry no code. */
const TERMINATED =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a conn)/;

/** Whether a query failed because Postgres cannot be reached, rather than for what was asked. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof ConnectionException || TERMINATED.test(error.message)) return true;
  const code = 'code' in error ? String(error.code) : '';
  // A socket's error alone does not say whose socket it was.
  return SQLSTATE.test(code) || (error instanceof DriverException && SOCKET.test(code));
}
