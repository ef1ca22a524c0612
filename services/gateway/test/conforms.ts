import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import type { Reply } from './client.js';

interface Described {
  $ref?: string;
  headers?: Record<string, { $ref?: string; required?: boolean }>;
  content?: Record<string, { schema: object }>;
}
interface Operation {
  operationId: string;
  parameters?: { $ref?: string; name?: string; in?: string; required?: boolean }[];
  requestBody?: Described & { required?: boolean };
  responses: Record<string, Described>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, Described & { required?: boolean }>>;
}

const file = new URL(import.meta.resolve('@undertone/contracts/openapi.json'));
const document = JSON.parse(readFileSync(file, 'utf8')) as Document;
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, 'api');

function resolved<T extends { $ref?: string }>(described: T): T {
  const [, , kind, name] = described.$ref?.split('/') ?? [];
  return kind && name ? (document.components[kind]?.[name] as unknown as T) : described;
}

const operationOf = (operationId: string): Operation | undefined =>
  Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .find((candidate) => candidate.operationId === operationId);

/** Fails unless the OpenAPI document describes a request that was taken: its query, and its JSON body. */
export function conformsAsRequest(operationId: string, ...[url, init]: Parameters<typeof fetch>): void {
  const operation = operationOf(operationId);
  const inQuery = (operation?.parameters ?? []).map(resolved).filter((parameter) => parameter.in === 'query');
  const query = new URL(String(url)).searchParams;
  const names = inQuery.map(({ name }) => name);
  expect(
    [...query.keys()].filter((name) => !names.includes(name)),
    `${operationId}: query`,
  ).toEqual([]);
  const missing = inQuery.filter(({ name = '', required }) => required && !query.has(name));
  expect(missing, `${operationId}: query`).toEqual([]);
  const schema = operation?.requestBody?.content?.['application/json']?.schema;
  const sent = typeof init?.body === 'string' ? (JSON.parse(init.body) as object) : undefined;
  if (!schema) {
    expect(Object.keys(sent ?? {}), `${operationId} takes no JSON body`).toEqual([]);
    return;
  }
  if (sent === undefined) {
    expect(operation?.requestBody?.required ?? false, `${operationId} needs a body`).toBe(false);
    return;
  }
  const validate = ajv.compile(withAbsoluteReferences(schema));
  expect(validate(sent) ? [] : validate.errors, `${operationId}: body`).toEqual([]);
}

/** Fails unless the OpenAPI document describes the answer: its status, headers, media type and body. */
export function conforms(operationId: string, reply: Reply): void {
  const operation = operationOf(operationId);
  const described = operation?.responses[`${reply.status}`] ?? operation?.responses.default;
  if (!described) throw new Error(`${operationId} has no answer ${reply.status}`);
  const answer = resolved(described);
  for (const [name, header] of Object.entries(answer.headers ?? {})) {
    if (resolved(header).required) expect(reply.headers.get(name), name).not.toBeNull();
  }
  if (!answer.content) {
    expect(reply.text, `${operationId} ${reply.status} has no body`).toBe('');
    return;
  }
  const type = reply.headers.get('content-type')?.split(';')[0] ?? '';
  expect(Object.keys(answer.content ?? {})).toContain(type);
  const validate = ajv.compile(withAbsoluteReferences(answer.content?.[type]?.schema ?? {}));
  const body = type.includes('json') ? reply.body : reply.text;
  expect(validate(body) ? [] : validate.errors, `${operationId} ${reply.status}`).toEqual([]);
}

const withAbsoluteReferences = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/')) as object;
