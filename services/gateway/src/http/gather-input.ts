import { isDeepStrictEqual } from 'node:util';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { fieldErrorMessage } from '../problems/field-error-message.js';
import { type FieldError, invalidInput } from '../problems/problem.js';

/** A request's parts as the HTTP server gives them. */
export interface RequestParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** The names in a path of OpenAPI's form. */
const pathParameters = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');

/**
 * The route's input from path, query and body, as its definition says where each may stand, checked against its
 * schema.
 * @throws {HttpProblem} 422 that names every bad, missing, unknown or contradictory field.
 */
export function gatherInput<I>(route: RouteDefinition<I>, parts: RequestParts): I {
  const errors: FieldError[] = [];
  const inPath = new Set(pathParameters(route.path));
  const elsewhere = new Set(Object.keys(route.input.shape).filter((name) => !inPath.has(name)));
  const none: ReadonlySet<string> = new Set();
  const inQuery = route.from === 'body' ? none : elsewhere;
  const inBody = route.from === 'query' ? none : elsewhere;

  const params = fieldsOf(parts.params);
  const query = fieldsOf(parts.query);
  const body = bodyFields(parts.body, errors);
  errors.push(...unknown(query, inQuery));
  errors.push(...unknown(body, inBody));
  errors.push(...contradictions(query, body, elsewhere));

  const given: Fields = Object.fromEntries([
    ...picked(query, inQuery),
    ...picked(body, inBody),
    ...picked(params, inPath),
  ]);
  const parsed = route.input.safeParse(given, { error: fieldErrorMessage });
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const path = issue.path.join('.');
      const missing = issue.path.length === 1 && !Object.hasOwn(given, path);
      if (issue.code === 'unrecognized_keys') {
        errors.push(...issue.keys.map((key) => unknownField([...issue.path, key].join('.'))));
      } else errors.push({ path, message: missing ? 'is required' : issue.message });
    }
  }
  if (errors.length > 0 || !parsed.success) throw invalidInput(errors);
  return parsed.data as I;
}

const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function bodyFields(body: unknown, errors: FieldError[]): Fields {
  if (body === undefined || isObject(body)) return body ?? {};
  errors.push({ path: '', message: 'the body has to be a JSON object' });
  return {};
}

const unknownField = (path: string): FieldError => ({ path, message: 'is not a field of this request' });

const unknown = (fields: Fields, allowed: ReadonlySet<string>): FieldError[] =>
  Object.keys(fields)
    .filter((name) => !allowed.has(name))
    .map(unknownField);

// A query is all text, so 5 in the body and 5 in the query say the same.
const same = (query: unknown, body: unknown): boolean =>
  isDeepStrictEqual(query, body) || (typeof query === 'string' && query === String(body));

const contradictions = (query: Fields, body: Fields, names: ReadonlySet<string>): FieldError[] =>
  [...names]
    .filter((name) => Object.hasOwn(query, name) && Object.hasOwn(body, name))
    .filter((name) => !same(query[name], body[name]))
    .map((name) => ({ path: name, message: 'has one value in the query and another in the body' }));

const picked = (fields: Fields, names: ReadonlySet<string>): [string, unknown][] =>
  Object.entries(fields).filter(([name]) => names.has(name));
