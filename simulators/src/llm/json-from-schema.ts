import { derivedUuid, uniform } from '../random.js';
import type { JsonSchema } from './chat-request.js';
import type { InputFact } from './input-facts.js';
import { stringFor } from './json-strings.js';
import { DEEPEST, type Keywords, resolveSchema } from './schema-keywords.js';
import type { Wording } from './wording.js';

/** Where in the answer the generator is. */
interface Place {
  readonly name: string;
  readonly at: string;
  readonly index: number;
  readonly depth: number;
  readonly fact: InputFact | undefined;
}

/** Generates a value that conforms to a JSON schema, with the input's numbers in it wherever they fit. */
export class JsonWriter {
  readonly #root: JsonSchema;
  readonly #facts: readonly InputFact[];
  readonly #seed: string;
  readonly #wording: Wording;

  constructor(root: JsonSchema, facts: readonly InputFact[], seed: string, wording: Wording) {
    this.#root = root;
    this.#facts = facts;
    this.#seed = seed;
    this.#wording = wording;
  }

  write(): unknown {
    return this.#value(this.#root, { name: '', at: '$', index: 0, depth: 0, fact: undefined });
  }

  #value(schema: JsonSchema, place: Place): unknown {
    const resolved = resolveSchema(this.#root, schema);
    if (resolved.const !== undefined) return resolved.const;
    if (resolved.enum) return this.#oneOf(resolved.enum, place);
    if (place.depth > DEEPEST) return null;
    const types = [resolved.type ?? (resolved.properties ? 'object' : 'string')].flat();
    const type = types.find((one) => one !== 'null') ?? 'null';
    switch (type) {
      case 'object':
        return this.#object(resolved, place);
      case 'array':
        return this.#array(resolved, place);
      case 'number':
      case 'integer':
        return this.#number(resolved, type, place);
      case 'boolean':
        return uniform(this.#seed, place.at, 'boolean') < 0.5;
      case 'null':
        return null;
      default:
        return this.#string(resolved, place);
    }
  }

  #oneOf(options: readonly unknown[], place: Place): unknown {
    const named = options.find((option) => option === place.fact?.name || option === place.fact?.path);
    const start = Math.floor(uniform(this.#seed, place.name, 'enum') * options.length);
    return named ?? options[(start + place.index) % options.length];
  }

  #object(schema: Keywords, place: Place): object {
    const properties = Object.entries(schema.properties ?? {});
    const fact = this.#factFor(properties, place) ?? place.fact;
    return Object.fromEntries(
      properties.map(([name, inner]) => {
        const at = `${place.at}.${name}`;
        return [name, this.#value(inner, { name, at, index: place.index, depth: place.depth + 1, fact })];
      }),
    );
  }

  /** An object that names a metric from a list is wholly about that metric. */
  #factFor(properties: readonly [string, JsonSchema][], place: Place): InputFact | undefined {
    for (const [, inner] of properties) {
      const names = resolveSchema(this.#root, inner).enum;
      const matching = this.#facts.filter(({ name, path }) => names?.includes(name) || names?.includes(path));
      if (matching.length > 0) return matching[place.index % matching.length];
    }
    return undefined;
  }

  #array(schema: Keywords, place: Place): unknown[] {
    const fixed = schema.prefixItems ?? [];
    const wanted = Math.max(schema.minItems ?? 0, Math.min(3, schema.maxItems ?? 3), fixed.length);
    const rest = typeof schema.items === 'object' ? schema.items : undefined;
    const start = Math.floor(uniform(this.#seed, place.at, 'facts') * Math.max(1, this.#facts.length));
    return Array.from({ length: rest ? wanted : fixed.length }, (_, index) => {
      const fact = this.#facts[(start + index) % Math.max(1, this.#facts.length)];
      const at = `${place.at}[${index}]`;
      return this.#value(fixed[index] ?? rest ?? {}, {
        name: place.name,
        at,
        index,
        depth: place.depth + 1,
        fact,
      });
    });
  }

  #number(schema: Keywords, type: 'number' | 'integer', place: Place): number {
    const low = schema.minimum ?? schema.exclusiveMinimum ?? Number.NEGATIVE_INFINITY;
    const high = schema.maximum ?? schema.exclusiveMaximum ?? Number.POSITIVE_INFINITY;
    const fits = (value: number) =>
      value >= low &&
      value <= high &&
      value !== schema.exclusiveMinimum &&
      value !== schema.exclusiveMaximum &&
      (type === 'number' || Number.isInteger(value)) &&
      (schema.multipleOf === undefined || Number.isInteger(value / schema.multipleOf));
    const about = place.fact ? [place.fact, ...this.#facts] : this.#facts;
    const known = about.map((fact) => this.#wording.valueOf(fact)).find(fits);
    const step = schema.multipleOf ?? 1;
    const plain = [
      0,
      1,
      Math.ceil(low / step) * step,
      Math.floor(high / step) * step,
      low + step,
      (low + high) / 2,
    ];
    return known ?? plain.find((value) => Number.isFinite(value) && fits(value)) ?? 0;
  }

  #string(schema: Keywords, place: Place): string {
    if (schema.format === 'uuid') return derivedUuid(this.#seed, place.at);
    const fact =
      place.fact ?? this.#facts[Math.floor(uniform(this.#seed, place.at, 'fact') * this.#facts.length)];
    return stringFor(schema, { name: place.name, at: place.at, index: place.index, fact }, this.#wording);
  }
}
