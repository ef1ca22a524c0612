import { UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import type { Refused } from '@undertone/platform/rpc/rpc-client';

/** Does what a unique index may be against, since somebody else took the same at the same moment. @throws {Refused} `taken`, then. */
export const unlessTaken = <T>(work: Promise<T>, taken: () => Refused): Promise<T> =>
  work.catch((error: unknown) => {
    throw error instanceof UniqueConstraintViolationException ? taken() : error;
  });
