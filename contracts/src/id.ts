import { z } from 'zod';

/**
 * A UUID, always in lower case: RFC 9562 lets either case in, and Postgres gives lower case back. One spelling alone
 * names an aggregate, a cache group and a row, so whatever comes in is brought to it here.
 */
export const id = z.uuid().toLowerCase();

/** Whose a job is that no person asked for: the nil UUID of RFC 9562. */
export const nobody = '00000000-0000-0000-0000-000000000000';
