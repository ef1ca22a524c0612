import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import { parse } from 'yaml';

type Tree = Record<string, unknown>;

const addFormats = addFormatsModule.default;

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object itself, not a copy: a place in the document may be changed through it. */
function tree(value: unknown): Tree {
  if (!isTree(value)) throw new TypeError('an object belongs here in the OpenAPI document');
  return value;
}

/** OpenAPI 3.0 says `nullable: true` where JSON Schema allows the type `null`. */
function withoutNullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullable);
  if (!isTree(value)) return value;
  const { nullable, ...rest } = value;
  const converted = Object.fromEntries(
    Object.entries(rest).map(([key, inner]) => [key, withoutNullable(inner)]),
  );
  return nullable === true ? { anyOf: [converted, { type: 'null' }] } : converted;
}

/** Spotify's OpenAPI document, asked about answers. */
export class OpenApiSchemas {
  readonly #document: Tree;
  readonly #ajv = new Ajv({ strict: false, allErrors: true });

  /** `nullable` lists places (`Schema.property`) where the service answers `null` though the document does not say so. */
  constructor(path: string, nullable: readonly string[]) {
    this.#document = tree(parse(readFileSync(path, 'utf8')));
    for (const place of nullable) {
      const [schema = '', property = ''] = place.split('.');
      tree(this.at(`#/components/schemas/${schema}/properties/${property}`)).nullable = true;
    }
    addFormats(this.#ajv);
    this.#ajv.addSchema({
      $id: 'spotify',
      ...tree(withoutNullable(this.#document)),
    });
  }

  /** A validator for the JSON of a response of `components/responses`. */
  response(name: string): ValidateFunction {
    return this.#ajv.compile({
      $ref: `spotify#/components/responses/${name}/content/application~1json/schema`,
    });
  }

  /** Property paths of an answer that the document does not know, or marks as deprecated. */
  oddities(name: string, answer: unknown): { unknown: string[]; deprecated: string[] } {
    const found = { unknown: new Set<string>(), deprecated: new Set<string>() };
    const schema = this.at(`#/components/responses/${name}/content/application~1json/schema`);
    this.#walk(answer, [schema], '', found);
    return { unknown: [...found.unknown], deprecated: [...found.deprecated] };
  }

  /** What a JSON pointer of the document points to. */
  at(pointer: string): unknown {
    const steps = pointer
      .replace('#/', '')
      .split('/')
      .map((step) => step.replaceAll('~1', '/'));
    return steps.reduce<unknown>((place, step) => tree(place)[step], this.#document);
  }

  #flatten(schemas: readonly unknown[]): Tree[] {
    return schemas.filter(isTree).flatMap((schema) => {
      const { $ref, allOf } = schema;
      const referenced = typeof $ref === 'string' ? [this.at($ref)] : [];
      const inherited = this.#flatten([...referenced, ...(Array.isArray(allOf) ? allOf : [])]);
      return [schema, ...inherited];
    });
  }

  #walk(
    value: unknown,
    schemas: readonly unknown[],
    path: string,
    found: Record<'unknown' | 'deprecated', Set<string>>,
  ): void {
    const flat = this.#flatten(schemas);
    if (Array.isArray(value)) {
      for (const item of value)
        this.#walk(
          item,
          flat.map(({ items }) => items),
          `${path}[]`,
          found,
        );
      return;
    }
    if (!isTree(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      const described = flat.flatMap(({ properties }) =>
        isTree(properties) && isTree(properties[key]) ? [properties[key]] : [],
      );
      const at = path === '' ? key : `${path}.${key}`;
      if (described.length === 0) found.unknown.add(at);
      else if (described.some(({ deprecated }) => deprecated === true)) found.deprecated.add(at);
      this.#walk(inner, described, at, found);
    }
  }
}
