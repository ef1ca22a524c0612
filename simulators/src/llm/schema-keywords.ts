import { z } from 'zod';
import type { JsonSchema } from './chat-request.js';

const keywords = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  $ref: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.record(z.string(), z.unknown())).optional(),
  oneOf: z.array(z.record(z.string(), z.unknown())).optional(),
  allOf: z.array(z.record(z.string(), z.unknown())).optional(),
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  items: z.union([z.boolean(), z.record(z.string(), z.unknown())]).optional(),
  prefixItems: z.array(z.record(z.string(), z.unknown())).optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  multipleOf: z.number().optional(),
});

/** The keywords of JSON Schema (2020-12) that the generator honours; others are ignored. */
export type Keywords = z.infer<typeof keywords>;

/** How deep a schema is followed; a recursive one ends there. */
export const DEEPEST = 16;

const anyObject = z.record(z.string(), z.unknown());

function referenced(root: JsonSchema, reference: string): JsonSchema {
  let at: unknown = root;
  for (const part of reference.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    at = anyObject.parse(at)[key];
  }
  return anyObject.parse(at);
}

/**
 * A schema's keywords with `$ref` followed, `allOf` merged and the first choice of `anyOf` or `oneOf` taken that is not
 * `null`.
 *
 * @throws z.ZodError when the schema is none, or refers to nothing.
 */
export function resolveSchema(root: JsonSchema, schema: JsonSchema, depth = 0): Keywords {
  const parsed = keywords.parse(schema);
  if (depth > DEEPEST) return parsed;
  if (parsed.$ref !== undefined) return resolveSchema(root, referenced(root, parsed.$ref), depth + 1);
  const choices = (parsed.anyOf ?? parsed.oneOf)?.map((one) => resolveSchema(root, one, depth + 1));
  if (choices) return choices.find((one) => one.type !== 'null') ?? choices[0] ?? parsed;
  if (!parsed.allOf) return parsed;
  const parts = parsed.allOf.map((part) => resolveSchema(root, part, depth + 1));
  const properties = Object.assign({}, parsed.properties, ...parts.map((part) => part.properties));
  return Object.assign({}, parsed, ...parts, { properties });
}
