/**
 * Takes out of a rendered schema what zod adds and nobody asked for: the pattern behind a format, and the
 * bounds of a safe integer.
 */
export function quiet(schema: {
  format?: unknown;
  pattern?: unknown;
  minimum?: unknown;
  maximum?: unknown;
}): void {
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}
