import { isDeepStrictEqual } from 'node:util';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { fieldErrorMessage } from '../problems/field-error-message.js';
import { type FieldError, invalidInput } from '../problems/problem.js';
import { isTooDeep } from './too-deep.js';

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
export function gatherInput<I>(
  route: Pick<RouteDefinition<I>, 'path' | 'from' | 'input' | 'secrets' | 'isForeignQuery' | '_input'>,
  parts: RequestParts,
): I {
  const errors: FieldError[] = [];
  const inPath = new Set(pathParameters(route.path));
  const elsewhere = new Set(Object.keys(route.input.shape).filter((name) => !inPath.has(name)));
  const none: ReadonlySet<string> = new Set();
  const secret = new Set(route.secrets);
  const inQuery = route.from === 'body' ? none : new Set([...elsewhere].filter((name) => !secret.has(name)));
  const inBody = route.from === 'query' ? none : elsewhere;

  const params = fieldsOf(parts.params);
  const query = route.isForeignQuery
    ? Object.fromEntries(picked(fieldsOf(parts.query), inQuery))
    : fieldsOf(parts.query);
  const body = bodyFields(parts.body, errors);
  const deep = Object.keys(body).filter((name) => isTooDeep(body[name]));
  if (deep.length > 0) throw invalidInput(deep.map((path) => ({ path, message: 'is nested too deeply' })));
  // Where a value is text, a field that is given twice has come as a list.
  const inText = route.from === 'multipart' ? { ...query, ...body } : query;
  errors.push(...unknown(query, inQuery, inBody, 'the body'));
  errors.push(...unknown(body, inBody, inQuery, 'the query'));
  errors.push(...contradictions(query, body, new Set([...inQuery].filter((name) => inBody.has(name)))));

  const given: Fields = Object.fromEntries([
    ...picked(query, inQuery),
    ...picked(body, inBody),
    ...picked(params, inPath),
  ]);
  errors.push(...oddNumbers(given, route.input.shape));
  const parsed = route.input.safeParse(given, { error: fieldErrorMessage });
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const path = issue.path.join('.');
      const missing = issue.code !== 'custom' && valueAt(given, issue.path) === undefined;
      if (issue.code === 'unrecognized_keys') {
        errors.push(...issue.keys.map((key) => unknownField([...issue.path, key].join('.'))));
      } else if (isRepeated(inText, issue.path)) errors.push({ path, message: 'is given more than once' });
      else errors.push({ path, message: missing ? 'is required' : issue.message });
    }
  }
  errors.push(...malformed(given));
  if (errors.length > 0 || !parsed.success) throw invalidInput(onePerField(errors));
  return parsed.data as I;
}

interface Schema {
  readonly def: { readonly innerType?: Schema; readonly type: string; readonly coerce?: boolean };
}

const isCoercedNumber = ({ def }: Schema): boolean =>
  def.innerType ? isCoercedNumber(def.innerType) : def.type === 'number' && def.coerce === true;

/** What `Number` takes for a number, and no person would: `0x10`, `1e2`, nothing at all, `true`. */
const oddNumbers = (given: Fields, shape: Fields): FieldError[] =>
  Object.entries(given)
    .filter(([name]) => Object.hasOwn(shape, name) && isCoercedNumber(shape[name] as Schema))
    .filter(([, value]) => !isPlainNumber(value) && !Number.isNaN(Number(value)))
    .map(([path, value]) => ({
      path,
      message: value === '' ? 'must not be empty' : 'must be a number, in digits',
    }));

const isPlainNumber = (value: unknown): boolean =>
  typeof value === 'string' ? /^-?\d+(\.\d+)?$/.test(value) : value === null || typeof value === 'number';

const isRepeated = (inText: Fields, [name, ...within]: readonly PropertyKey[]): boolean =>
  within.length === 0 && Array.isArray(inText[String(name)]);

const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function bodyFields(body: unknown, errors: FieldError[]): Fields {
  if (body === undefined || isObject(body)) return body ?? {};
  errors.push({ path: '', message: 'the body has to be a JSON object' });
  return {};
}

const unknownField = (path: string): FieldError => ({ path, message: 'is not a field of this request' });

/** Fields that do not stand where they may; `elsewhere` are those that may in the other place. */
const unknown = (
  fields: Fields,
  allowed: ReadonlySet<string>,
  elsewhere: ReadonlySet<string>,
  otherPlace: string,
): FieldError[] =>
  Object.keys(fields)
    .filter((name) => !allowed.has(name))
    .map((path) =>
      elsewhere.has(path) ? { path, message: `belongs in ${otherPlace}` } : unknownField(path),
    );

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((within, key) => (within as Record<PropertyKey, unknown> | undefined)?.[key], value);

/**
 * Text with half a surrogate pair, which is no Unicode: stores would refuse it, or keep two such texts as one
 * (U+FFFD).
 */
function malformed(value: unknown, path: readonly string[] = []): FieldError[] {
  if (typeof value === 'string') {
    return value.isWellFormed() ? [] : [{ path: path.join('.'), message: 'is not well-formed Unicode text' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, within]) => malformed(within, [...path, key]));
}

/** The first thing that is wrong with each field; the rest follows from it. */
const onePerField = (errors: readonly FieldError[]): FieldError[] =>
  errors.filter(({ path }, at) => errors.findIndex((error) => error.path === path) === at);

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
