import { z } from 'zod';

/** What the handles of those begin with who chose none. */
const GIVEN = 'listener_';

/** What others may know a person by: unique, and theirs to change. */
export const handle = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^[a-z0-9][a-z0-9_]{1,28}[a-z0-9]$/,
    'is 3 to 30 letters a to z, digits and underscores, without one at an end',
  )
  .refine((text) => !text.startsWith(GIVEN), `must not begin with "${GIVEN}"`)
  .meta({ description: 'A unique name that others may see.', example: 'ada_lovelace' });

/** The handle of a person who chose none: by the random end of their id. */
export const givenHandle = (userId: string): string => `${GIVEN}${userId.slice(-12)}`;
