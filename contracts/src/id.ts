import { z } from 'zod';

/**
 * A UUID, always in lower case: RFC 9562 lets either case in, and Postgres gives lower case back. One spelling alone
 * names an aggregate, a cache group and a row, so whatever comes in is brought to it here.
 */
export const id = z.uuid().toLowerCase();

/** In place of a user, where a job is for everyone. */
export const nobody = '00000000-0000-0000-0000-000000000000';
