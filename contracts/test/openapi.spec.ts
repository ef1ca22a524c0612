import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { statusOf } from '@undertone/contracts/problems';
import { problemCodesOf } from '@undertone/contracts/rest/problem-codes';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { documents } from '../generate/documents.ts';

interface Operation {
  operationId: string;
  tags: string[];
  parameters?: { name?: string; in?: string; required?: boolean; $ref?: string }[];
  requestBody?: {
    required: boolean;
    content: Record<string, { schema: { $ref?: string; properties?: Record<string, unknown> } }>;
  };
  responses: Record<string, { $ref?: string; headers?: Record<string, unknown> }>;
}

const document = JSON.parse(readFileSync(documents.openapi.file, 'utf8')) as {
  openapi: string;
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties?: Record<string, unknown> }> };
};
const resolved = (schema: { $ref?: string; properties?: Record<string, unknown> } | undefined) =>
  schema?.$ref ? document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] : schema;
const allRoutes = Object.entries<RouteDefinition>(routes);
const operationOf = (route: RouteDefinition) => document.paths[route.path]?.[route.method.toLowerCase()];

/** Whether fields stand in a JSON body: there may be none but the path's. */
const hasJsonBody = ({ from, path, input }: RouteDefinition): boolean =>
  from === 'query-or-body' ||
  (from === 'body' && Object.keys(input.shape).some((field) => !path.includes(`{${field}}`)));

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  it('has no route but the declared ones, and the WebSocket', () => {
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(ids.sort()).toEqual([...allRoutes.map(([, { id }]) => id), 'openSocket'].sort());
  });

  it.each(allRoutes)('%s stands under its own id and a described tag', (key, route) => {
    expect(route.id).toBe(key);
    const operation = operationOf(route);
    expect(operation?.operationId).toBe(route.id);
    const described = document.tags.filter(({ description }) => description.length > 0);
    expect(described.map(({ name }) => name)).toEqual(expect.arrayContaining(operation?.tags ?? ['none']));
  });

  it.each(allRoutes)('%s takes every field of its input, where the route says', (_, route) => {
    const operation = operationOf(route);
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
    const fields = Object.keys(route.input.shape);
    const named = (where: string) =>
      (operation?.parameters ?? []).filter((parameter) => parameter.in === where).map(({ name }) => name);
    expect(fields).toEqual(expect.arrayContaining(inPath));
    expect(named('path')).toEqual(inPath);
    const elsewhere = fields.filter((field) => !inPath.includes(field));
    // What is secret stands in no URL.
    const open = elsewhere.filter((field) => !route.secrets?.includes(field));
    expect(named('query')).toEqual(route.from === 'body' ? [] : open);
    const body = operation?.requestBody;
    if (route.from === 'body' && elsewhere.length > 0) {
      const isNeeded = (field: string) =>
        !(route.input.shape[field] as z.ZodType).safeParse(undefined).success;
      expect(body?.required).toBe(elsewhere.some(isNeeded));
      const schema = resolved(body?.content['application/json']?.schema);
      expect(Object.keys(schema?.properties ?? {}).sort()).toEqual(elsewhere.toSorted());
    } else if (route.from === 'query' || route.from === 'body') expect(body).toBeUndefined();
    else expect(body?.required).toBe(route.from === 'multipart');
    const idempotent = { $ref: '#/components/parameters/IdempotencyKey' };
    if (route.method !== 'GET') expect(operation?.parameters).toContainEqual(idempotent);
  });

  it.each(allRoutes.filter(([, route]) => hasJsonBody(route)))(
    '%s says which media types its body may have',
    (_, route) => {
      const types = Object.keys(operationOf(route)?.requestBody?.content ?? {});
      expect(types).toEqual(route.textBody ? ['application/json', 'text/plain'] : ['application/json']);
    },
  );

  it.each(allRoutes.filter(([, { from }]) => from === 'multipart'))(
    '%s takes a form with a file that has to be there',
    (_, route) => {
      const { schema } = operationOf(route)?.requestBody?.content['multipart/form-data'] ?? {};
      expect(Object.keys(schema?.properties ?? {})).toEqual([...Object.keys(route.input.shape), 'file']);
      expect(schema).toMatchObject({ required: ['file'], additionalProperties: false });
      expect(operationOf(route)?.responses).toMatchObject({ 413: {}, 415: {} });
    },
  );

  it.each(allRoutes)('%s describes its answers', (_, { success, path, ...route }) => {
    const responses = operationOf({ success, path, ...route })?.responses ?? {};
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '422', '429', '503']));
    for (const code of problemCodesOf({ success, path, ...route }))
      expect(responses).toHaveProperty(`${statusOf(code)}`);
    // Names of schedules and queues are closed lists: another one is invalid input.
    if (path.includes('{') && !['schedules', 'operations'].includes(route.tag))
      expect(responses).toHaveProperty('404');
    const headers = responses[`${success.status}`]?.headers ?? {};
    expect(Object.keys(headers)).toEqual(expect.arrayContaining(['X-Trace-Id', 'RateLimit']));
    expect('Location' in headers).toBe(success.status !== 200);
    expect('Link' in headers).toBe(success.body instanceof z.ZodArray || 'cursor' in route.input.shape);
  });
});
