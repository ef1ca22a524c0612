import { z } from 'zod';

/**
 * Text that Postgres takes: it knows no NUL character, in no text and no JSON. Said without a pattern, so that the
 * JSON schema that language models are given stays one that all of them know.
 */
export const text = z.string().refine((value) => !value.includes('\0'), 'must not hold the character U+0000');

/** A name or id that somebody else made up; as long as the columns that hold it. */
export const foreignId = text.max(255);
