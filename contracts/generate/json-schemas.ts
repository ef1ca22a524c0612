import { z } from 'zod';
import { quiet } from './quiet.ts';
import { sorted } from './sorted.ts';

export type JsonSchema = Record<string, unknown>;

/**
 * Turns zod schemas into JSON Schema draft 07, which AsyncAPI 3.0 builds on, and collects the ones that carry
 * an id under `#/components/schemas`.
 *
 * Objects stay open: a reader ignores fields it does not know, so that an optional one can be added.
 */
export class JsonSchemas {
  readonly #components = new Map<string, JsonSchema>();

  /** @throws {Error} when two schemas that differ carry one id. */
  of(schema: z.ZodType): JsonSchema {
    const { $schema, definitions, id, ...body } = z.toJSONSchema(schema, {
      target: 'draft-7',
      io: 'input',
      override: ({ jsonSchema }) => quiet(jsonSchema),
    });
    for (const [name, definition] of Object.entries(definitions ?? {})) {
      this.#add(name, definition as JsonSchema);
    }
    if (typeof id !== 'string') return hoisted(body);
    this.#add(id, body);
    return { $ref: `#/components/schemas/${id}` };
  }

  /** Collects a schema under a name of the caller's. @throws {Error} when two schemas that differ have one name. */
  named(name: string, schema: JsonSchema): JsonSchema {
    this.#add(name, schema);
    return { $ref: `#/components/schemas/${name}` };
  }

  /** Everything collected so far, by id. */
  components(): Record<string, JsonSchema> {
    return sorted(Object.fromEntries(this.#components));
  }

  #add(name: string, definition: JsonSchema): void {
    const { id, ...body } = definition;
    const schema = hoisted(body);
    const known = this.#components.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`two schemas carry the id ${name}; give the older version's another one`);
    }
    this.#components.set(name, schema);
  }
}

/** The same schema with references into the document's components instead of its own definitions. */
function hoisted(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string'
      ? value.replace('#/definitions/', '#/components/schemas/')
      : value,
  ) as JsonSchema;
}
