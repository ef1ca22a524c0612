import { z } from 'zod';

// A query has text alone.
const fromText = (value: boolean | 'true' | 'false') =>
  value === 'true' ? true : value === 'false' ? false : value;

/** True or false, also as a query or a form has it. */
export const flag = z.preprocess(fromText, z.boolean());
