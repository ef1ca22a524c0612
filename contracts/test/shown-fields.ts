import { z } from 'zod';

/** Dotted paths of the fields that data has; every element of an array counts as `[]`. */
export function pathsIn(data: unknown, at = ''): string[] {
  if (Array.isArray(data)) return data.flatMap((item) => pathsIn(item, `${at}[]`));
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) => [`${at}.${key}`, ...pathsIn(value, `${at}.${key}`)]);
}

/** Dotted paths of the fields that a schema names, optional ones too. */
export function fieldsIn(schema: z.ZodType): string[] {
  const json = z.toJSONSchema(schema, { io: 'input', reused: 'inline' });
  return fieldsOf(json, json.$defs ?? {});
}

function fieldsOf(schema: z.core.JSONSchema._JSONSchema, defs: Defs, at = ''): string[] {
  if (typeof schema === 'boolean') return [];
  const { $ref, properties = {}, items, anyOf = [], allOf = [], oneOf = [] } = schema;
  const referred = $ref === undefined ? undefined : defs[$ref.replace('#/$defs/', '')];
  return [
    ...(referred === undefined ? [] : fieldsOf(referred, defs, at)),
    ...Object.entries(properties).flatMap(([key, value]) => [
      `${at}.${key}`,
      ...fieldsOf(value, defs, `${at}.${key}`),
    ]),
    ...(items === undefined || Array.isArray(items) ? [] : fieldsOf(items, defs, `${at}[]`)),
    ...[...anyOf, ...allOf, ...oneOf].flatMap((option) => fieldsOf(option, defs, at)),
  ];
}

type Defs = Readonly<Record<string, z.core.JSONSchema._JSONSchema>>;
