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
interface Document {
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, Described> }>>;
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

/** Fails unless the OpenAPI document describes the answer: its status, headers, media type and body. */
export function conforms(operationId: string, reply: Reply): void {
  const operation = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .find((candidate) => candidate.operationId === operationId);
  const described = operation?.responses[`${reply.status}`] ?? operation?.responses.default;
  if (!described) throw new Error(`${operationId} has no answer ${reply.status}`);
  const answer = resolved(described);
  for (const [name, header] of Object.entries(answer.headers ?? {})) {
    if (resolved(header).required) expect(reply.headers.get(name), name).not.toBeNull();
  }
  const type = reply.headers.get('content-type')?.split(';')[0] ?? '';
  expect(Object.keys(answer.content ?? {})).toContain(type);
  const validate = ajv.compile(withAbsoluteReferences(answer.content?.[type]?.schema ?? {}));
  expect(validate(reply.body) ? [] : validate.errors, `${operationId} ${reply.status}`).toEqual([]);
}

const withAbsoluteReferences = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/')) as object;
